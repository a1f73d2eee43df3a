package sh.retina.export.hubble.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import sh.retina.flow.FilterJson;

/**
 * Reads metrics from a file of Hubble's dynamic configuration: {@code metrics}, each with {@code
 * name}, {@code contextOptions} of {@code name} and {@code values}, {@code includeFilters} and
 * {@code excludeFilters}.
 */
final class MetricsFile {
  private static final List<String> KEYS =
      List.of("name", "contextOptions", "includeFilters", "excludeFilters");

  private MetricsFile() {}

  /** Throws IllegalArgumentException that names the metric and what is wrong with it. */
  static List<MetricSpec> parse(String yaml) {
    Object document;
    try {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(yaml);
    } catch (YAMLException e) {
      throw new IllegalArgumentException("not YAML: " + e.getMessage(), e);
    }
    List<MetricSpec> specs = new ArrayList<>();
    if (document != null) {
      for (Object entry : list(map(document, "the file").get("metrics"), "metrics")) {
        specs.add(spec(map(entry, "metrics")));
      }
    }
    MetricSpec.requireDifferent(specs);
    specs.forEach(ContextLabels::of);
    return specs;
  }

  private static MetricSpec spec(Map<?, ?> of) {
    String name = of.get("name") instanceof String text ? text : "";
    if (name.isBlank()) {
      throw new IllegalArgumentException("a metric has no name");
    }
    for (Object key : of.keySet()) {
      if (!KEYS.contains(String.valueOf(key))) {
        throw new IllegalArgumentException(name + ": there is no key " + key);
      }
    }
    try {
      Map<String, String> options = new LinkedHashMap<>();
      for (Object entry : list(of.get("contextOptions"), "contextOptions")) {
        Map<?, ?> option = map(entry, "contextOptions");
        String key = String.valueOf(option.get("name")).toLowerCase(Locale.ROOT);
        List<String> values =
            list(option.get("values"), "values").stream().map(String::valueOf).toList();
        options.put(key, String.join(key.equals("labelscontext") ? "," : "|", values));
      }
      return new MetricSpec(
          name,
          options,
          new MetricSpec.Choice(
              FilterJson.list(of.get("includeFilters"), "includeFilters"),
              FilterJson.list(of.get("excludeFilters"), "excludeFilters")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  private static Map<?, ?> map(Object value, String what) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalArgumentException(what + ": not a map: " + value);
  }

  private static List<?> list(@Nullable Object value, String key) {
    return switch (value) {
      case null -> List.of();
      case List<?> list -> list;
      default -> throw new IllegalArgumentException(key + ": not a list");
    };
  }
}
