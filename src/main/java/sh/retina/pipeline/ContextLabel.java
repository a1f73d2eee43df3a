package sh.retina.pipeline;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A choice of {@code retina.pod-level.labels}: which labels say whose traffic a series counts. */
public enum ContextLabel {
  /** The side's address in the packet. */
  IP("ip"),
  NAMESPACE("namespace"),
  PODNAME("podname"),
  /** The top owner: a Deployment, not its ReplicaSet. */
  WORKLOAD("workload_kind", "workload_name"),
  SERVICE("service"),
  /** The side's port in the packet; {@code unknown} where the protocol has none. */
  PORT("port"),
  ZONE("zone"),
  NODE("node");

  private final List<String> names;

  ContextLabel(String... names) {
    this.names = List.of(names);
  }

  /** The Prometheus labels that this choice adds, without the prefix of the remote context. */
  public List<String> labelNames() {
    return names;
  }

  /**
   * Reads {@code namespace+podname+workload}; case does not matter, nor does the order.
   *
   * @throws IllegalArgumentException that names what is not a choice, and the choices
   */
  public static Set<ContextLabel> parse(String text) {
    EnumSet<ContextLabel> chosen = EnumSet.noneOf(ContextLabel.class);
    for (String word : text.split("\\+", -1)) {
      chosen.add(
          Arrays.stream(values())
              .filter(label -> label.name().equalsIgnoreCase(word.trim()))
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException(unknown(word))));
    }
    return chosen;
  }

  private static String unknown(String word) {
    return "not a context label: '"
        + word
        + "'; choose among "
        + Arrays.stream(values())
            .map(label -> label.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "))
        + ", joined by '+'";
  }
}
