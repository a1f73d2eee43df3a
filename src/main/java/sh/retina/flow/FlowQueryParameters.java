package sh.retina.flow;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import sh.retina.flow.proto.DropReason;
import sh.retina.flow.proto.EventTypeFilter;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.HTTPHeader;
import sh.retina.flow.proto.IPVersion;
import sh.retina.flow.proto.NetworkInterface;
import sh.retina.flow.proto.TCPFlags;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.Verdict;
import sh.retina.flow.proto.Workload;

/** The filters that a query can name: those of {@code hubble observe}, by its long flags. */
final class FlowQueryParameters {
  /** Prefix of a parameter whose match excludes a flow. */
  static final String NOT = "not.";

  /** A whole filter in JSON, that a flow must or must not match. */
  static final String ALLOW_LIST = "allowlist";

  static final String DENY_LIST = "denylist";

  /** How one value goes into a filter; throws IllegalArgumentException for a bad one. */
  interface Setter extends BiConsumer<FlowFilter.Builder, String> {}

  /** A parameter about both sides, with its {@code from-} and {@code to-} forms. */
  record TwoSided(Setter source, Setter destination) {}

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");
  private static final long MAX_UINT32 = 0xffff_ffffL;

  static final Map<String, TwoSided> TWO_SIDED =
      Map.ofEntries(
          Map.entry(
              "ip",
              new TwoSided(FlowFilter.Builder::addSourceIp, FlowFilter.Builder::addDestinationIp)),
          Map.entry(
              "fqdn",
              new TwoSided(
                  FlowFilter.Builder::addSourceFqdn, FlowFilter.Builder::addDestinationFqdn)),
          Map.entry(
              "label",
              new TwoSided(
                  FlowFilter.Builder::addSourceLabel, FlowFilter.Builder::addDestinationLabel)),
          Map.entry(
              "port",
              new TwoSided(
                  FlowFilter.Builder::addSourcePort, FlowFilter.Builder::addDestinationPort)),
          Map.entry(
              "cluster",
              new TwoSided(
                  FlowFilter.Builder::addSourceClusterName,
                  FlowFilter.Builder::addDestinationClusterName)),
          Map.entry(
              "identity",
              new TwoSided(
                  (filter, text) -> filter.addSourceIdentity(identity(text)),
                  (filter, text) -> filter.addDestinationIdentity(identity(text)))),
          Map.entry(
              "workload",
              new TwoSided(
                  (filter, text) -> filter.addSourceWorkload(workload(text)),
                  (filter, text) -> filter.addDestinationWorkload(workload(text)))));

  static final Map<String, Setter> ONE_SIDED =
      Map.ofEntries(
          Map.entry("uuid", FlowFilter.Builder::addUuid),
          Map.entry("node-name", FlowFilter.Builder::addNodeName),
          Map.entry("node", FlowFilter.Builder::addNodeName),
          Map.entry("node-label", FlowFilter.Builder::addNodeLabels),
          Map.entry("protocol", FlowFilter.Builder::addProtocol),
          Map.entry("tcp-flags", (filter, text) -> filter.addTcpFlags(tcpFlags(text))),
          Map.entry("type", (filter, text) -> filter.addEventType(eventType(text))),
          Map.entry(
              "verdict",
              (filter, text) ->
                  filter.addVerdict(constant(Verdict.class, text, Verdict.UNRECOGNIZED))),
          Map.entry(
              "drop-reason-desc",
              (filter, text) ->
                  filter.addDropReasonDesc(
                      constant(DropReason.class, text, DropReason.UNRECOGNIZED))),
          Map.entry(
              "traffic-direction",
              (filter, text) ->
                  filter.addTrafficDirection(
                      constant(TrafficDirection.class, text, TrafficDirection.UNRECOGNIZED))),
          Map.entry("ip-version", (filter, text) -> filter.addIpVersion(ipVersion(text))),
          Map.entry("ipv4", whenSet(filter -> filter.addIpVersion(IPVersion.IPv4))),
          Map.entry("ipv6", whenSet(filter -> filter.addIpVersion(IPVersion.IPv6))),
          Map.entry("reply", (filter, text) -> filter.addReply(flag(text))),
          Map.entry("not-reply", whenSet(filter -> filter.addReply(false))),
          Map.entry("encrypted", whenSet(filter -> filter.addEncrypted(true))),
          Map.entry("unencrypted", whenSet(filter -> filter.addEncrypted(false))),
          Map.entry(
              "interface",
              (filter, text) -> filter.addInterface(NetworkInterface.newBuilder().setName(text))),
          Map.entry("snat-ip", FlowFilter.Builder::addSourceIpXlated),
          Map.entry("http-status", FlowFilter.Builder::addHttpStatusCode),
          Map.entry("http-method", FlowFilter.Builder::addHttpMethod),
          Map.entry("http-path", FlowFilter.Builder::addHttpPath),
          Map.entry("http-url", FlowFilter.Builder::addHttpUrl),
          Map.entry("http-header", (filter, text) -> filter.addHttpHeader(header(text))),
          Map.entry("dns-query", FlowFilter.Builder::addDnsQuery),
          Map.entry("trace-id", FlowFilter.Builder::addTraceId),
          Map.entry(
              "ip-trace-id",
              (filter, text) -> filter.addIpTraceId(number(text, Integer.MAX_VALUE))),
          Map.entry(
              "cel-expression",
              (filter, text) -> filter.getExperimentalBuilder().addCelExpression(text)));

  private static final Map<String, Integer> EVENT_TYPES =
      Map.of(
          "drop",
          1,
          "debug",
          2,
          "capture",
          3,
          "trace",
          4,
          "policy-verdict",
          5,
          "trace-sock",
          7,
          "l7",
          129,
          "agent",
          130);

  private FlowQueryParameters() {}

  /** All names, for the message about an unknown one. */
  static String known() {
    TreeSet<String> names = new TreeSet<>(FlowQueryRange.NAMES);
    names.addAll(ONE_SIDED.keySet());
    for (String name : TWO_SIDED.keySet()) {
      names.addAll(List.of(name, "from-" + name, "to-" + name));
    }
    names.addAll(FlowQuerySide.NAMES);
    names.addAll(List.of(ALLOW_LIST, DENY_LIST));
    return names.stream().collect(Collectors.joining(" ", "", "; not.NAME excludes"));
  }

  /** A parameter without value means yes. */
  static boolean flag(String text) {
    return switch (text) {
      case "", "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false: '" + text + "'");
    };
  }

  private static Setter whenSet(java.util.function.Consumer<FlowFilter.Builder> set) {
    return (filter, text) -> {
      if (!flag(text)) {
        throw new IllegalArgumentException("cannot be false; leave it out");
      }
      set.accept(filter);
    };
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String text, E unrecognized) {
    Map<String, E> constants = new TreeMap<>();
    for (E constant : type.getEnumConstants()) {
      if (constant != unrecognized) {
        constants.put(constant.name(), constant);
      }
    }
    E constant = constants.get(text.toUpperCase(Locale.ROOT));
    if (constant == null) {
      throw new IllegalArgumentException(
          "unknown: '" + text + "'; known: " + String.join(" ", constants.keySet()));
    }
    return constant;
  }

  private static IPVersion ipVersion(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "none" -> IPVersion.IP_NOT_USED;
      case "v4", "ipv4", "4" -> IPVersion.IPv4;
      case "v6", "ipv6", "6" -> IPVersion.IPv6;
      default ->
          throw new IllegalArgumentException("not an IP version (v4, v6, none): '" + text + "'");
    };
  }

  private static int identity(String text) {
    return switch (text) {
      case "host" -> 1;
      case "world" -> 2;
      case "remote-node" -> 6;
      default -> (int) number(text, MAX_UINT32);
    };
  }

  private static long number(String text, long max) {
    if (!NUMBER.matcher(text).matches() || Long.parseLong(text) > max) {
      throw new IllegalArgumentException("not a number from 0 to " + max + ": '" + text + "'");
    }
    return Long.parseLong(text);
  }

  private static Workload workload(String text) {
    int slash = text.indexOf('/');
    if (slash != text.lastIndexOf('/') || text.equals("/")) {
      throw new IllegalArgumentException("not a workload (name or kind/name): '" + text + "'");
    }
    return Workload.newBuilder()
        .setKind(slash < 0 ? "" : text.substring(0, slash))
        .setName(text.substring(slash + 1))
        .build();
  }

  private static HTTPHeader header(String text) {
    int colon = text.indexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("not a header (name:value): '" + text + "'");
    }
    return HTTPHeader.newBuilder()
        .setKey(text.substring(0, colon))
        .setValue(text.substring(colon + 1))
        .build();
  }

  private static TCPFlags tcpFlags(String text) {
    TCPFlags.Builder flags = TCPFlags.newBuilder();
    for (String name : text.split(",", -1)) {
      var flag = TCPFlags.getDescriptor().findFieldByName(name.toUpperCase(Locale.ROOT));
      if (flag == null) {
        throw new IllegalArgumentException(
            "not a TCP flag: '" + name + "'; known: FIN SYN RST PSH ACK URG ECE CWR NS");
      }
      flags.setField(flag, true);
    }
    return flags.build();
  }

  private static EventTypeFilter eventType(String text) {
    int colon = text.indexOf(':');
    String typeText = colon < 0 ? text : text.substring(0, colon);
    Integer known = EVENT_TYPES.get(typeText);
    int type = known == null ? (int) number(typeText, Integer.MAX_VALUE) : known;
    EventTypeFilter.Builder filter = EventTypeFilter.newBuilder().setType(type);
    if (colon >= 0) {
      String subType = text.substring(colon + 1);
      int point = type == FlowFields.EVENT_TRACE ? TracePoints.NAMES.indexOf(subType) : -1;
      filter
          .setMatchSubType(true)
          .setSubType(point < 0 ? (int) number(subType, Integer.MAX_VALUE) : point);
    }
    return filter.build();
  }
}
