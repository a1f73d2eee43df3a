package sh.retina.export.hubble.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One metric as Hubble's configuration writes it: {@code name[:option[=value][;option…]]}, several
 * separated by blanks. Names of options are compared without case, unknown ones ignored.
 *
 * @param options in lower case; an option without a value has the empty one
 */
record MetricSpec(String name, Map<String, String> options) {
  static List<MetricSpec> parse(String text) {
    List<MetricSpec> specs = new ArrayList<>();
    for (String word : text.strip().split("\\s+", -1)) {
      if (!word.isEmpty()) {
        specs.add(one(word));
      }
    }
    return specs;
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
    return new MetricSpec(colon < 0 ? word : word.substring(0, colon), options);
  }

  boolean has(String option) {
    return options.containsKey(option);
  }
}
