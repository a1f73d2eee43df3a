package sh.retina.operator;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sh.retina.crd.State;
import sh.retina.crd.TracesConfiguration;
import sh.retina.crd.TracesConfigurationStatus;

/** Says of kinds that this version does nothing with that it does nothing. */
final class UnsupportedJudge {
  private static final String REASON = "NotSupported";

  private final Clock clock;

  UnsupportedJudge(Clock clock) {
    this.clock = clock;
  }

  Map<TracesConfiguration, TracesConfigurationStatus> traces(List<TracesConfiguration> traces) {
    Map<TracesConfiguration, TracesConfigurationStatus> statuses = new LinkedHashMap<>();
    for (TracesConfiguration trace : traces) {
      TracesConfigurationStatus before = trace.getStatus();
      String message = "this version exports no flows to other systems: it has no effect";
      statuses.put(
          trace,
          new TracesConfigurationStatus(
              State.ERRORED,
              message,
              null,
              Conditions.with(
                  before == null ? null : before.conditions(),
                  "Accepted",
                  false,
                  REASON,
                  message,
                  trace.getMetadata().getGeneration(),
                  clock.instant())));
    }
    return statuses;
  }
}
