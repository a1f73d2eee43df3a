package sh.retina.export.hubble.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import sh.retina.flow.proto.FlowFilter;

/**
 * One metric as Hubble's configuration writes it: {@code name[:option[=value][;option…]]}, several
 * separated by blanks; in a file {@link MetricsFile}. Names of options are compared without case,
 * unknown ones ignored.
 *
 * @param options in lower case; an option without a value has the empty one
 * @param flows which it counts
 */
record MetricSpec(String name, Map<String, String> options, Choice flows) {
  /**
   * Flows by filters: one of {@code include} must match, if there are some, and none of {@code
   * exclude}.
   */
  record Choice(List<FlowFilter> include, List<FlowFilter> exclude) {
    static final Choice ALL = new Choice(List.of(), List.of());
  }

  /** Throws IllegalArgumentException if a name is there twice. */
  static List<MetricSpec> parse(String text) {
    List<MetricSpec> specs = new ArrayList<>();
    for (String word : text.strip().split("\\s+", -1)) {
      if (!word.isEmpty()) {
        specs.add(one(word));
      }
    }
    requireDifferent(specs);
    return specs;
  }

  static void requireDifferent(List<MetricSpec> specs) {
    Set<String> names = new HashSet<>();
    for (MetricSpec spec : specs) {
      if (!names.add(spec.name())) {
        throw new IllegalArgumentException(spec.name() + ": this metric is there twice");
      }
    }
    if (names.contains(HttpHandlers.HTTP) && names.contains(HttpHandlers.HTTP_V2)) {
      throw new IllegalArgumentException(
          "http and httpV2 have metrics of the same name: choose one of them");
    }
  }

  private static MetricSpec one(String word) {
    int colon = word.indexOf(':');
    Map<String, String> options = new LinkedHashMap<>();
    if (colon >= 0) {
      for (String option : word.substring(colon + 1).split(";", -1)) {
        int equals = option.indexOf('=');
        options.put(
            (equals < 0 ? option : option.substring(0, equals)).toLowerCase(Locale.ROOT),
            equals < 0 ? "" : option.substring(equals + 1));
      }
    }
    return new MetricSpec(colon < 0 ? word : word.substring(0, colon), options, Choice.ALL);
  }

  boolean has(String option) {
    return options.containsKey(option);
  }
}
