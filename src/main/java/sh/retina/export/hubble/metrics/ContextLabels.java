package sh.retina.export.hubble.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.proto.Flow;

/**
 * The labels that a metric's context options add: {@code source} and {@code destination}, and those
 * of {@code labelsContext}. Immutable.
 */
final class ContextLabels {
  private static final String SOURCE = "source";
  private static final String DESTINATION = "destination";

  private static final Map<String, Function<FlowSide, String>> CONTEXTS =
      Map.of(
          "identity", FlowSide::identity,
          "namespace", FlowSide::namespace,
          "pod", FlowSide::pod,
          "pod-name", FlowSide::podName,
          "dns", FlowSide::names,
          "ip", FlowSide::ip,
          "reserved-identity", FlowSide::reservedIdentity,
          "workload", FlowSide::workload,
          "workload-name", FlowSide::workloadName,
          "app", FlowSide::app);

  /** Hubble's order. */
  private static final Map<String, Function<Flow, String>> LABELS = new java.util.LinkedHashMap<>();

  static {
    addSide("source_", FlowSide::source);
    addSide("destination_", FlowSide::destination);
    LABELS.put("traffic_direction", ContextLabels::direction);
  }

  private static void addSide(String prefix, Function<Flow, FlowSide> side) {
    LABELS.put(prefix + "ip", side.andThen(FlowSide::ip));
    LABELS.put(prefix + "pod", side.andThen(FlowSide::podName));
    LABELS.put(prefix + "namespace", side.andThen(FlowSide::namespace));
    LABELS.put(prefix + "workload", side.andThen(FlowSide::workloadName));
    LABELS.put(prefix + "workload_kind", side.andThen(FlowSide::workloadKind));
    LABELS.put(prefix + "app", side.andThen(FlowSide::app));
  }

  private final List<String> names = new ArrayList<>();
  private final List<Function<Flow, String>> values = new ArrayList<>();

  private ContextLabels() {}

  /** Throws IllegalArgumentException that names the option with a value that is none. */
  static ContextLabels of(MetricSpec spec) {
    ContextLabels labels = new ContextLabels();
    labels.addSide(spec, SOURCE, FlowSide::source);
    labels.addSide(spec, DESTINATION, FlowSide::destination);
    String list = spec.options().get("labelscontext");
    if (list != null) {
      List<String> wanted = List.of(list.split(",", -1));
      for (String name : wanted) {
        if (!LABELS.containsKey(name)) {
          throw new IllegalArgumentException(
              spec.name() + ": labelsContext: no label '" + name + "'");
        }
      }
      LABELS.forEach((name, value) -> {
        if (wanted.contains(name)) {
          labels.names.add(name);
          labels.values.add(value);
        }
      });
    }
    return labels;
  }

  private void addSide(MetricSpec spec, String side, Function<Flow, FlowSide> of) {
    Function<FlowSide, String> general = context(spec, side + "context");
    Function<FlowSide, String> egress = context(spec, side + "egresscontext");
    Function<FlowSide, String> ingress = context(spec, side + "ingresscontext");
    if (general == null && egress == null && ingress == null) {
      return;
    }
    names.add(side);
    values.add(flow -> {
      Function<FlowSide, String> chosen =
          switch (flow.getTrafficDirection()) {
            case EGRESS -> egress == null ? general : egress;
            case INGRESS -> ingress == null ? general : ingress;
            case TRAFFIC_DIRECTION_UNKNOWN, UNRECOGNIZED -> general;
          };
      return chosen == null ? "" : chosen.apply(of.apply(flow));
    });
  }

  /** The first of the alternatives that is not empty. */
  private static @Nullable Function<FlowSide, String> context(MetricSpec spec, String option) {
    String text = spec.options().get(option);
    if (text == null) {
      return null;
    }
    List<Function<FlowSide, String>> alternatives = new ArrayList<>();
    for (String name : text.split("\\|", -1)) {
      Function<FlowSide, String> context = CONTEXTS.get(name);
      if (context == null) {
        throw new IllegalArgumentException(
            spec.name()
                + ": "
                + option
                + ": '"
                + name
                + "' is none of "
                + String.join(", ", new TreeMap<>(CONTEXTS).keySet()));
      }
      alternatives.add(context);
    }
    return side -> {
      for (Function<FlowSide, String> context : alternatives) {
        String value = context.apply(side);
        if (!value.isEmpty()) {
          return value;
        }
      }
      return "";
    };
  }

  private static String direction(Flow flow) {
    return switch (flow.getTrafficDirection()) {
      case EGRESS -> "egress";
      case INGRESS -> "ingress";
      case TRAFFIC_DIRECTION_UNKNOWN, UNRECOGNIZED -> "unknown";
    };
  }

  /** Names of a metric's labels: these and its own. */
  List<String> names(String... own) {
    List<String> all = new ArrayList<>(names);
    all.addAll(List.of(own));
    return all;
  }

  /** Values of a metric's labels for a flow: these and its own. */
  List<String> values(Flow flow, String... own) {
    List<String> all = new ArrayList<>(names.size() + own.length);
    for (Function<Flow, String> value : values) {
      all.add(value.apply(flow));
    }
    all.addAll(List.of(own));
    return all;
  }

  /**
   * The same for an answer, told from the side of who asked: what is of the source goes to the
   * destination's label, and the other way round.
   */
  List<String> swapped(Flow flow, String... own) {
    Flow turned = turned(flow);
    List<String> all = new ArrayList<>(names.size() + own.length);
    for (int i = 0; i < names.size(); i++) {
      all.add(
          switch (names.get(i)) {
            case SOURCE -> value(DESTINATION, flow);
            case DESTINATION -> value(SOURCE, flow);
            default -> values.get(i).apply(turned);
          });
    }
    all.addAll(List.of(own));
    return all;
  }

  private String value(String name, Flow flow) {
    int at = names.indexOf(name);
    return at < 0 ? "" : values.get(at).apply(flow);
  }

  private static Flow turned(Flow flow) {
    return flow.toBuilder()
        .setSource(flow.getDestination())
        .setDestination(flow.getSource())
        .setIP(
            flow.getIP().toBuilder()
                .setSource(flow.getIP().getDestination())
                .setDestination(flow.getIP().getSource()))
        .build();
  }
}
