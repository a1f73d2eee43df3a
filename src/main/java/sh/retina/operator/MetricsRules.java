package sh.retina.operator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.MetricsConfigurationSpec;
import sh.retina.crd.Vocabulary;

/**
 * What is wrong with a MetricsConfiguration, and what of it has no effect. The API server refuses
 * most faults before; an object may be older than its rules.
 */
final class MetricsRules {
  private static final Set<String> SIDE_LABELS =
      Set.of("ip", "namespace", "podname", "workload", "service", "port", "zone", "node");
  private static final Set<String> ADDITIONAL_LABELS = Set.of("direction", "is_reply");

  /** Packets and bytes of one are one row of the agent's. */
  private static final Map<String, String> COUNTED_TOGETHER =
      Map.of(
          "drop_count", "drop_bytes",
          "drop_bytes", "drop_count",
          "forward_count", "forward_bytes",
          "forward_bytes", "forward_count");

  private static final String POD_LABEL = "podlabel/";

  private MetricsRules() {}

  /** A sentence that says what to change; null where nothing is wrong. */
  static @Nullable String fault(MetricsConfigurationSpec spec) {
    if (spec.contextOptions() == null || spec.contextOptions().isEmpty()) {
      return "contextOptions is empty: name at least one metric";
    }
    MetricsConfigurationSpec.Namespaces namespaces = spec.namespaces();
    if (namespaces == null || (namespaces.include() == null) == (namespaces.exclude() == null)) {
      return "namespaces needs include or exclude, not both";
    }
    Set<String> names = new HashSet<>();
    for (MetricsConfigurationSpec.ContextOption option : spec.contextOptions()) {
      if (!Vocabulary.ACCEPTED.contains(option.metricName())) {
        return "no such metric: '" + option.metricName() + "'";
      }
      if (!names.add(option.metricName())) {
        return option.metricName() + " stands twice in contextOptions: join both";
      }
    }
    return null;
  }

  /**
   * What of it has no effect, or another than it seems to.
   *
   * @param ownerByMetric which object has a metric, as far as that is decided
   */
  static List<String> remarks(MetricsConfigurationSpec spec, Map<String, String> ownerByMetric) {
    List<String> remarks = new ArrayList<>();
    for (MetricsConfigurationSpec.ContextOption option : spec.contextOptions()) {
      String metric = option.metricName();
      if (!Vocabulary.WITH_SERIES.contains(metric)) {
        remarks.add(metric + " has no effect: there are no series of it");
      }
      String other = COUNTED_TOGETHER.getOrDefault(metric, "");
      if (ownerByMetric.containsKey(other)) {
        remarks.add(
            metric
                + " is counted together with "
                + other
                + " of '"
                + ownerByMetric.get(other)
                + "': both have the labels of either");
      }
      if (option.sourceLabels() != null
          && option.destinationLabels() != null
          && !Set.copyOf(option.sourceLabels()).equals(Set.copyOf(option.destinationLabels()))) {
        remarks.add(metric + ": in the remote context both sides have the labels of either");
      }
      unknown(option.sourceLabels(), SIDE_LABELS)
          .forEach(label -> remarks.add(metric + ": sourceLabels knows no '" + label + "'"));
      unknown(option.destinationLabels(), SIDE_LABELS)
          .forEach(label -> remarks.add(metric + ": destinationLabels knows no '" + label + "'"));
      unknown(option.additionalLabels(), ADDITIONAL_LABELS).stream()
          .filter(label -> !label.startsWith(POD_LABEL))
          .forEach(label -> remarks.add(metric + ": additionalLabels knows no '" + label + "'"));
    }
    return remarks;
  }

  private static List<String> unknown(@Nullable List<String> labels, Set<String> known) {
    return labels == null
        ? List.of()
        : labels.stream().filter(label -> !known.contains(label.toLowerCase(Locale.ROOT))).toList();
  }
}
