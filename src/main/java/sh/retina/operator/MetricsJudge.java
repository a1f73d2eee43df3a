package sh.retina.operator;

import java.time.Clock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.MetricsConfiguration;
import sh.retina.crd.MetricsConfigurationSpec;
import sh.retina.crd.MetricsConfigurationStatus;
import sh.retina.crd.State;

/**
 * Which MetricsConfigurations are applied: each that is right, as long as no older one that is
 * applied has the same metric.
 */
final class MetricsJudge {
  private static final Comparator<MetricsConfiguration> AGE =
      Comparator.<MetricsConfiguration, String>comparing(
              one -> String.valueOf(one.getMetadata().getCreationTimestamp()))
          .thenComparing(one -> one.getMetadata().getName());

  private final Clock clock;

  MetricsJudge(Clock clock) {
    this.clock = clock;
  }

  Map<MetricsConfiguration, MetricsConfigurationStatus> statuses(
      List<MetricsConfiguration> objects) {
    Map<String, String> ownerByMetric = new HashMap<>();
    Map<MetricsConfiguration, MetricsConfigurationStatus> statuses = new LinkedHashMap<>();
    for (MetricsConfiguration object : objects.stream().sorted(AGE).toList()) {
      MetricsConfigurationSpec spec = object.getSpec();
      String fault = spec == null ? "there is no spec" : fault(spec, ownerByMetric);
      if (fault == null && spec != null) {
        statuses.put(object, accepted(object, spec, ownerByMetric));
        spec.contextOptions()
            .forEach(
                option -> ownerByMetric.put(option.metricName(), object.getMetadata().getName()));
      } else {
        statuses.put(object, refused(object, String.valueOf(fault)));
      }
    }
    return statuses;
  }

  private static @Nullable String fault(
      MetricsConfigurationSpec spec, Map<String, String> ownerByMetric) {
    String fault = MetricsRules.fault(spec);
    if (fault != null) {
      return fault;
    }
    for (MetricsConfigurationSpec.ContextOption option : spec.contextOptions()) {
      String owner = ownerByMetric.get(option.metricName());
      if (owner != null) {
        return option.metricName()
            + " is configured by '"
            + owner
            + "' already: remove it from one of the two";
      }
    }
    return null;
  }

  private MetricsConfigurationStatus accepted(
      MetricsConfiguration object,
      MetricsConfigurationSpec spec,
      Map<String, String> ownerByMetric) {
    List<String> remarks = MetricsRules.remarks(spec, ownerByMetric);
    String reason = remarks.isEmpty() ? "applied" : "applied; " + String.join("; ", remarks);
    return status(object, State.ACCEPTED, reason, spec);
  }

  private MetricsConfigurationStatus refused(MetricsConfiguration object, String fault) {
    MetricsConfigurationStatus before = object.getStatus();
    return status(object, State.ERRORED, fault, before == null ? null : before.lastKnownSpec());
  }

  private MetricsConfigurationStatus status(
      MetricsConfiguration object,
      State state,
      String reason,
      @Nullable MetricsConfigurationSpec lastKnown) {
    MetricsConfigurationStatus before = object.getStatus();
    return new MetricsConfigurationStatus(
        state,
        reason,
        lastKnown,
        Conditions.accepted(
            before == null ? null : before.conditions(),
            state == State.ACCEPTED,
            reason,
            object.getMetadata().getGeneration(),
            clock.instant()));
  }
}
