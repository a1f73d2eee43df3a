package sh.retina.capture.flow;

import tools.jackson.databind.JsonNode;

/** A flow in a few words, for a person who reads packets. */
final class FlowText {
  private FlowText() {}

  /** {@code shop/web -> shop/db, EGRESS, FORWARDED}. */
  static String of(JsonNode flow) {
    StringBuilder text = new StringBuilder(end(flow, "source")).append(" -> ");
    text.append(end(flow, "destination"));
    add(text, flow.path("traffic_direction").asString(""));
    add(text, flow.path("verdict").asString(""));
    add(text, flow.path("Summary").asString(""));
    return text.toString();
  }

  /** What only this agent says of a flow; a missing node where it does not. */
  static JsonNode extension(JsonNode flow, String name) {
    return flow.path("extensions").path("value").path(name);
  }

  /** Packets that a flow stands for. */
  static long packets(JsonNode flow) {
    return Math.max(1, extension(flow, "packets").asLong(1));
  }

  private static void add(StringBuilder text, String word) {
    if (!word.isEmpty() && !word.equals("TRAFFIC_DIRECTION_UNKNOWN")) {
      text.append(", ").append(word);
    }
  }

  private static String end(JsonNode flow, String side) {
    JsonNode endpoint = flow.path(side);
    String pod = endpoint.path("pod_name").asString("");
    if (!pod.isEmpty()) {
      return endpoint.path("namespace").asString("") + "/" + pod;
    }
    String service = flow.path(side + "_service").path("name").asString("");
    if (!service.isEmpty()) {
      return flow.path(side + "_service").path("namespace").asString("") + "/" + service;
    }
    String name = flow.path(side + "_names").path(0).asString("");
    return name.isEmpty() ? flow.path("IP").path(side).asString("") : name;
  }
}
