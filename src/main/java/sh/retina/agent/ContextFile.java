package sh.retina.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.identity.ContextChange;

/**
 * Owners of addresses from a YAML file, for nodes without Kubernetes: {@code endpoints:} a list of
 * {@code kind} (pod, node, service), {@code namespace}, {@code name}, {@code workload: {kind,
 * name}}, {@code node}, {@code zone}, {@code labels}, {@code ips}.
 */
final class ContextFile {
  private static final TreeSet<String> KEYS =
      new TreeSet<>(
          List.of(
              "kind", "namespace", "name", "workload", "node", "zone", "labels", "ips", "cgroups"));

  private ContextFile() {}

  /**
   * Reads the file. Throws IllegalArgumentException that names the file, the entry and what is
   * wrong.
   */
  static List<ContextChange> read(Path file) {
    Object document;
    try {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    } catch (IOException | YAMLException e) {
      throw new IllegalArgumentException(
          "retina.context.file: cannot read " + file + ": " + e.getMessage(), e);
    }
    if (!(document instanceof Map<?, ?> map)
        || !(map.get("endpoints") instanceof List<?> entries)) {
      throw new IllegalArgumentException(
          "retina.context.file: " + file + " has no list 'endpoints'");
    }
    List<ContextChange> changes = new ArrayList<>();
    for (Object entry : entries) {
      try {
        changes.add(new ContextChange.EndpointUp(endpoint(entry)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "retina.context.file: "
                + file
                + ", entry "
                + (changes.size() + 1)
                + ": "
                + e.getMessage(),
            e);
      }
    }
    return changes;
  }

  private static Endpoint endpoint(Object entry) {
    if (!(entry instanceof Map<?, ?> fields)) {
      throw new IllegalArgumentException("not a map");
    }
    for (Object key : fields.keySet()) {
      if (!KEYS.contains(scalar("a key", key))) {
        throw new IllegalArgumentException("no such key '" + key + "'; there are " + KEYS);
      }
    }
    Endpoint.Kind kind =
        switch (text(fields, "kind").toLowerCase(Locale.ROOT)) {
          case "pod" -> Endpoint.Kind.POD;
          case "node" -> Endpoint.Kind.NODE;
          case "service" -> Endpoint.Kind.SERVICE;
          case String other ->
              throw new IllegalArgumentException(
                  "kind '" + other + "' is none of pod, node, service");
        };
    String namespace = text(fields, "namespace");
    String name = text(fields, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("no name");
    }
    Map<?, ?> workload = fields.get("workload") instanceof Map<?, ?> map ? map : Map.of();
    List<String> labels = new ArrayList<>();
    if (fields.get("labels") instanceof Map<?, ?> map) {
      map.forEach(
          (key, value) -> labels.add(scalar("labels", key) + "=" + scalar("labels", value)));
      labels.sort(null);
    }
    return new Endpoint(
        kind,
        namespace,
        name,
        text(workload, "kind"),
        text(workload, "name"),
        text(fields, "node"),
        text(fields, "zone"),
        labels,
        items(fields, "ips").stream().map(item -> IpAddress.parse(scalar("ips", item))).toList(),
        items(fields, "cgroups").stream()
            .map(item -> Long.parseLong(scalar("cgroups", item)))
            .toList());
  }

  private static String text(Map<?, ?> fields, String key) {
    Object value = fields.get(key);
    return value == null ? "" : scalar(key, value);
  }

  /** A list or map has no text of its own, and may contain itself. */
  private static String scalar(String key, @Nullable Object value) {
    if (value instanceof Collection || value instanceof Map) {
      throw new IllegalArgumentException("'" + key + "' holds a list or map where a text belongs");
    }
    return String.valueOf(value);
  }

  private static List<?> items(Map<?, ?> fields, String key) {
    return fields.get(key) instanceof List<?> list ? list : List.of();
  }
}
