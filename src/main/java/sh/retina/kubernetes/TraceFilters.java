package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The spec of a TracesConfiguration as filters of Hubble. What a filter cannot say (labels of nodes
 * and Services) the operator has refused.
 */
final class TraceFilters {
  /** Cilium's number of what it tells of a packet at a point, and of a message of layer 7. */
  private static final int TRACE = 4;

  private static final int LAYER_7 = 129;

  /** Points by Retina's names: what the node hands to a pod is "to-endpoint", and so on. */
  private static final Map<String, Integer> POINTS =
      Map.of("NodeToPod", 0, "PodToNode", 5, "NetworkToNode", 10, "NodeToNetwork", 11);

  private static final String NAMESPACE_LABEL = "k8s:io.cilium.k8s.namespace.labels.";
  private static final String LABEL = "k8s:";

  private TraceFilters() {}

  static List<TraceWish> of(JsonNode spec) {
    JsonNode output = spec.path("outputConfiguration");
    List<TraceWish> wishes = new ArrayList<>();
    for (JsonNode trace : spec.path("traceConfiguration")) {
      for (JsonNode target : trace.path("traceTargets")) {
        List<Map<String, Object>> exclude = new ArrayList<>();
        exclude("source_ip", target.path("from"), exclude);
        exclude("destination_ip", target.path("to"), exclude);
        if (!trace.path("includeLayer7Data").asBoolean(false)) {
          exclude.add(Map.of("event_type", List.of(Map.of("type", LAYER_7))));
        }
        wishes.add(
            new TraceWish(
                output.path("destination").asString(""),
                output.path("connectionConfiguration").asString(""),
                include(target),
                exclude,
                trace.path("captureLevel").asString("").equals("FirstPacket")));
      }
    }
    return wishes;
  }

  private static List<Map<String, Object>> include(JsonNode target) {
    Map<String, Object> sides = new LinkedHashMap<>();
    side("source", target.path("from"), sides);
    side("destination", target.path("to"), sides);
    List<Map<String, Object>> points = new ArrayList<>();
    for (JsonNode point : target.path("tracePoints")) {
      points.add(
          Map.of(
              "type",
              TRACE,
              "match_sub_type",
              true,
              "sub_type",
              POINTS.getOrDefault(point.asString(""), 0)));
    }
    if (!points.isEmpty()) {
      sides.put("event_type", points);
    }
    if (target.path("ports").isEmpty()) {
      return List.of(sides);
    }
    List<Map<String, Object>> filters = new ArrayList<>();
    for (JsonNode port : target.path("ports")) {
      Map<String, Object> filter = new HashMap<>(sides);
      filter.put(
          "protocol", List.of(port.path("protocol").asString("TCP").toLowerCase(Locale.ROOT)));
      filter.put("destination_port", ports(port));
      filters.add(filter);
    }
    return filters;
  }

  private static List<String> ports(JsonNode port) {
    int first = port.path("port").asInt(0);
    int last = port.path("endPort").asInt(first);
    List<String> ports = new ArrayList<>();
    for (int number = first; number <= last; number++) {
      ports.add(String.valueOf(number));
    }
    return ports;
  }

  private static void side(String name, JsonNode side, Map<String, Object> filter) {
    String cidr = side.path("ipBlock").path("cidr").asString("");
    if (!cidr.isEmpty()) {
      filter.put(name + "_ip", List.of(cidr));
    } else if (side.has("namespaceSelector")) {
      filter.put(name + "_pod", List.of("/")); // whatever has a namespace
      List<String> requirements = new ArrayList<>();
      requirements(NAMESPACE_LABEL, side.path("namespaceSelector"), requirements);
      requirements(LABEL, side.path("podSelector"), requirements);
      if (!requirements.isEmpty()) {
        filter.put(name + "_label", List.of(String.join(",", requirements)));
      }
    } else if (side.has("nodeSelector")) {
      filter.put(name + "_label", List.of("reserved:host", "reserved:remote-node"));
    } else if (side.has("serviceSelector")) {
      filter.put(name + "_service", List.of("/"));
    }
  }

  private static void requirements(String prefix, JsonNode selector, List<String> into) {
    selector
        .path("matchLabels")
        .propertyStream()
        .forEach(label -> into.add(prefix + label.getKey() + "=" + label.getValue().asString("")));
    for (JsonNode expression : selector.path("matchExpressions")) {
      String key = prefix + expression.path("key").asString("");
      List<String> values = new ArrayList<>();
      expression.path("values").forEach(value -> values.add(value.asString("")));
      String list = " (" + String.join(",", values) + ")";
      into.add(
          switch (expression.path("operator").asString("")) {
            case "In" -> key + " in" + list;
            case "NotIn" -> key + " notin" + list;
            case "DoesNotExist" -> "!" + key;
            default -> key;
          });
    }
  }

  private static void exclude(String field, JsonNode side, List<Map<String, Object>> into) {
    List<String> except = new ArrayList<>();
    side.path("ipBlock").path("except").forEach(cidr -> except.add(cidr.asString("")));
    if (!except.isEmpty()) {
      into.add(Map.of(field, except));
    }
  }
}
