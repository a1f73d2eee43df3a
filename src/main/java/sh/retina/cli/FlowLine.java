package sh.retina.cli;

import java.util.List;
import sh.retina.event.SafeText;
import tools.jackson.databind.JsonNode;

/**
 * A flow for a person, in the forms of {@code hubble observe}. Names that others chose steer no
 * terminal.
 *
 * @param arrow {@code ->}, {@code <-} where source and destination changed places as it is a reply,
 *     {@code <>} where it is not known
 */
record FlowLine(
    String time,
    String node,
    String source,
    String arrow,
    String destination,
    String type,
    String verdict,
    String summary) {
  static final List<String> HEADS =
      List.of("TIMESTAMP", "NODE", "SOURCE", "DESTINATION", "TYPE", "VERDICT", "SUMMARY");

  /** {@code flow}: Hubble's flow JSON. */
  static FlowLine of(JsonNode flow) {
    boolean isReply = flow.path("is_reply").asBoolean(false);
    String source = safe(end(flow, "source"));
    String destination = safe(end(flow, "destination"));
    return new FlowLine(
        safe(flow.path("time").asString("")),
        safe(flow.path("node_name").asString("")),
        isReply ? destination : source,
        flow.has("is_reply") ? isReply ? "<-" : "->" : "<>",
        isReply ? source : destination,
        safe(flow.path("trace_observation_point").asString(flow.path("Type").asString(""))),
        safe(flow.path("verdict").asString("")),
        safe(flow.path("Summary").asString("")));
  }

  /** {@code TIME [NODE]: SOURCE -> DESTINATION TYPE VERDICT (SUMMARY)}. */
  String compact() {
    return "%s [%s]: %s %s %s %s %s (%s)"
        .formatted(time, node, source, arrow, destination, type, verdict, summary);
  }

  /** In the order of {@link #HEADS}: who sent it is the source, of a reply too. */
  List<String> cells() {
    boolean isTurned = arrow.equals("<-");
    return List.of(
        time,
        node,
        isTurned ? destination : source,
        isTurned ? source : destination,
        type,
        verdict,
        summary);
  }

  Colour colour() {
    return verdict.equals("DROPPED") ? Colour.RED : Colour.NONE;
  }

  private static String safe(String text) {
    return SafeText.TEXT.of(text);
  }

  private static String end(JsonNode flow, String side) {
    JsonNode endpoint = flow.path(side);
    String pod = endpoint.path("pod_name").asString("");
    String service = flow.path(side + "_service").path("name").asString("");
    String names = flow.path(side + "_names").path(0).asString("");
    String host;
    if (!pod.isEmpty()) {
      host = endpoint.path("namespace").asString("") + "/" + pod;
    } else if (!service.isEmpty()) {
      host = flow.path(side + "_service").path("namespace").asString("") + "/" + service;
    } else {
      host = names.isEmpty() ? flow.path("IP").path(side).asString("") : names;
    }
    return host + port(flow.path("l4"), side + "_port");
  }

  private static String port(JsonNode l4, String name) {
    for (String protocol : new String[] {"TCP", "UDP", "SCTP"}) {
      long port = l4.path(protocol).path(name).asLong(0);
      if (port != 0) {
        return ":" + port;
      }
    }
    return "";
  }
}
