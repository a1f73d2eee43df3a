package sh.retina.cli.explain;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * One flow as an agent tells it: what a packet or a socket showed, where, and when.
 *
 * @param time of the kernel's report
 * @param node where
 * @param point such as {@code FROM_ENDPOINT}; empty for drops and sockets
 * @param place interface, or the kernel function that dropped
 * @param protocol {@code tcp}, {@code udp}, {@code icmp}, {@code icmpv6}, … or empty
 * @param flags of TCP, of all packets that it stands for
 * @param dropReason the kernel's word; empty: no drop
 * @param networkNamespace inode, for drops and sockets; 0: not told
 * @param icmpType -1: no ICMP
 * @param socketReport {@code retransmission}, {@code reset}, {@code connection}, or empty
 * @param outcome of a connection that ended, or the phase that a reset met
 * @param dnsName what was asked for, with the last dot; empty: no DNS
 * @param dnsCode of an answer; -1: a question, or no DNS
 * @param packets that it stands for
 */
public record Seen(
    Instant time,
    String node,
    String verdict,
    String point,
    String place,
    String source,
    String destination,
    int sourcePort,
    int destinationPort,
    String protocol,
    Set<String> flags,
    String dropReason,
    long networkNamespace,
    int icmpType,
    int icmpCode,
    String socketReport,
    String outcome,
    String dnsName,
    int dnsCode,
    List<String> dnsAddresses,
    long packets,
    double roundTripMs,
    double connectMs,
    String summary) {
  private static final double NANOS_PER_MS = 1e6;

  public Seen {
    flags = Set.copyOf(flags);
    dnsAddresses = List.copyOf(dnsAddresses);
  }

  /** {@code flow}: Hubble's flow JSON. */
  public static Seen of(JsonNode flow) {
    JsonNode more =
        flow.path("extensions").path("value").isMissingNode()
            ? flow.path("extensions")
            : flow.path("extensions").path("value");
    String protocol = "";
    JsonNode l4 = flow.path("l4");
    for (String name : l4.propertyNames()) {
      protocol = name.toLowerCase(java.util.Locale.ROOT).replace("icmpv4", "icmp");
      l4 = l4.path(name);
      break;
    }
    Set<String> flags = new TreeSet<>();
    l4.path("flags")
        .properties()
        .forEach(flag -> {
          if (flag.getValue().asBoolean(false)) {
            flags.add(flag.getKey());
          }
        });
    more.path("previously_observed_tcp_flags").propertyNames().forEach(flags::add);
    JsonNode dns = flow.path("l7").path("dns");
    boolean isAnswer = "RESPONSE".equals(flow.path("l7").path("type").asString(""));
    boolean isDrop = "DROPPED".equals(flow.path("verdict").asString(""));
    return new Seen(
        time(flow.path("time").asString("")),
        flow.path("node_name").asString(""),
        flow.path("verdict").asString(""),
        flow.path("trace_observation_point").asString(""),
        isDrop
            ? more.path("drop_location").asString("")
            : flow.path("interface").path("name").asString(""),
        flow.path("IP").path("source").asString(""),
        flow.path("IP").path("destination").asString(""),
        l4.path("source_port").asInt(0),
        l4.path("destination_port").asInt(0),
        protocol,
        flags,
        isDrop ? more.path("drop_reason").asString("UNKNOWN") : "",
        (long) more.path("network_namespace").asDouble(0),
        protocol.startsWith("icmp") ? l4.path("type").asInt(0) : -1,
        l4.path("code").asInt(0),
        more.path("socket_report").asString(""),
        more.path("tcp_outcome").asString(more.path("tcp_phase").asString("")),
        dns.path("query").asString(""),
        isAnswer ? dns.path("rcode").asInt(0) : -1,
        dns.path("ips").valueStream().map(one -> one.asString("")).toList(),
        Math.max(1, (long) more.path("packets").asDouble(1)),
        more.path("rtt_ns").asDouble(0) / NANOS_PER_MS,
        more.path("connect_ns").asDouble(0) / NANOS_PER_MS,
        flow.path("Summary").asString(""));
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  boolean isDrop() {
    return !dropReason.isEmpty();
  }

  boolean isSocket() {
    return !socketReport.isEmpty();
  }

  boolean isDns() {
    return !dnsName.isEmpty();
  }

  /** A packet at a point of a node. */
  boolean isPacket() {
    return !isDrop() && !isSocket() && !isDns();
  }

  boolean has(String flag) {
    return flags.contains(flag);
  }

  /** As proof: what, where. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(end(source, sourcePort)).append(" -> ").append(end(destination, destinationPort));
    text.append(' ').append(verdict);
    if (!point.isEmpty()) {
      text.append(' ').append(point);
    }
    if (!place.isEmpty()) {
      text.append(" at ").append(place);
    }
    if (!node.isEmpty()) {
      text.append(" on ").append(node);
    }
    return text.append(" (").append(summary).append(')').toString();
  }

  private static String end(String address, int port) {
    return port == 0
        ? address
        : (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
  }
}
