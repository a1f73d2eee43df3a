package sh.retina.operator;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.State;
import sh.retina.crd.TracesConfiguration;
import sh.retina.crd.TracesConfigurationSpec;
import sh.retina.crd.TracesConfigurationStatus;

/**
 * Which TracesConfigurations agents follow: each that they can. One that changed into what they
 * cannot is followed as it was before.
 */
final class TracesJudge {
  private static final String APPLIED =
      "applied: agents whose control plane is hubble export these flows";

  private final Clock clock;

  TracesJudge(Clock clock) {
    this.clock = clock;
  }

  Map<TracesConfiguration, TracesConfigurationStatus> statuses(List<TracesConfiguration> objects) {
    Map<TracesConfiguration, TracesConfigurationStatus> statuses = new LinkedHashMap<>();
    for (TracesConfiguration object : objects) {
      TracesConfigurationSpec spec = object.getSpec();
      String fault = spec == null ? "there is no spec" : TracesRules.fault(spec);
      statuses.put(object, status(object, spec, fault));
    }
    return statuses;
  }

  private TracesConfigurationStatus status(
      TracesConfiguration object, @Nullable TracesConfigurationSpec spec, @Nullable String fault) {
    TracesConfigurationStatus before = object.getStatus();
    boolean accepted = fault == null;
    String reason = fault == null ? APPLIED : fault;
    return new TracesConfigurationStatus(
        accepted ? State.ACCEPTED : State.ERRORED,
        reason,
        accepted ? spec : before == null ? null : before.lastKnownSpec(),
        Conditions.accepted(
            before == null ? null : before.conditions(),
            accepted,
            reason,
            object.getMetadata().getGeneration(),
            clock.instant()));
  }
}
