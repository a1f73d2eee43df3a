package sh.retina.cli;

import sh.retina.event.SafeText;
import tools.jackson.databind.JsonNode;

/**
 * A flow in one line, as {@code hubble observe} prints it: {@code TIME [NODE]: SOURCE ->
 * DESTINATION TYPE VERDICT (SUMMARY)}. Names that others chose steer no terminal.
 */
final class FlowLine {
  private FlowLine() {}

  /** {@code flow}: Hubble's flow JSON. */
  static String of(JsonNode flow) {
    boolean isReply = flow.path("is_reply").asBoolean(false);
    String source = end(flow, "source");
    String destination = end(flow, "destination");
    String line =
        flow.path("time").asString("")
            + " ["
            + flow.path("node_name").asString("")
            + "]: "
            + (isReply ? destination : source)
            + (flow.has("is_reply") ? isReply ? " <- " : " -> " : " <> ")
            + (isReply ? source : destination)
            + " "
            + flow.path("trace_observation_point").asString(flow.path("Type").asString(""))
            + " "
            + flow.path("verdict").asString("")
            + " ("
            + flow.path("Summary").asString("")
            + ")";
    return SafeText.TEXT.of(line);
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
