package sh.retina.flow;

import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;
import sh.retina.event.TcpFlag;
import sh.retina.flow.proto.DropReason;
import sh.retina.flow.proto.EventTypeFilter;
import sh.retina.flow.proto.IPVersion;
import sh.retina.flow.proto.NetworkInterface;
import sh.retina.flow.proto.TCPFlags;
import sh.retina.flow.proto.TrafficDirection;
import sh.retina.flow.proto.Verdict;

/** The fields of a filter that ask about the packet and where it was seen. */
final class PacketFilters {
  private static final int MAX_PORT = 65535;

  private final FlowNode node;
  private final List<FlowFilter> into;
  private final List<FlowFault> faults;

  private PacketFilters(FlowNode node, List<FlowFilter> into, List<FlowFault> faults) {
    this.node = node;
    this.into = into;
    this.faults = faults;
  }

  static void compile(
      sh.retina.flow.proto.FlowFilter filter,
      FlowNode node,
      List<FlowFilter> into,
      List<FlowFault> faults) {
    new PacketFilters(node, into, faults).add(filter);
  }

  // Cheapest first: the first that does not match ends the question.
  private void add(sh.retina.flow.proto.FlowFilter filter) {
    addAny("verdict", filter.getVerdictList(), this::verdict);
    addAny("protocol", filter.getProtocolList(), this::protocol);
    addAny("ip_version", filter.getIpVersionList(), PacketFilters::ipVersion);
    addAny("event_type", filter.getEventTypeList(), PacketFilters::eventType);
    addAny("traffic_direction", filter.getTrafficDirectionList(), PacketFilters::direction);
    addAny("reply", filter.getReplyList(), PacketFilters::reply);
    addAny("tcp_flags", filter.getTcpFlagsList(), PacketFilters::tcpFlags);
    addPorts("source_port", filter.getSourcePortList(), true);
    addPorts("destination_port", filter.getDestinationPortList(), false);
    addAny("interface", filter.getInterfaceList(), PacketFilters::networkInterface);
    addAny("source_ip", filter.getSourceIpList(), text -> AddressFilter.parse(text).ofSource());
    addAny(
        "destination_ip",
        filter.getDestinationIpList(),
        text -> AddressFilter.parse(text).ofDestination());
    addAny("drop_reason_desc", filter.getDropReasonDescList(), PacketFilters::dropReason);
    addAny("node_name", filter.getNodeNameList(), this::nodeName);
    addAny("node_labels", filter.getNodeLabelsList(), PacketFilters::nodeLabels);
    addAny("uuid", filter.getUuidList(), this::uuid);
  }

  private <T> void addAny(String field, List<T> values, Function<T, FlowFilter> compile) {
    if (values.isEmpty()) {
      return;
    }
    FlowFilter[] filters = new FlowFilter[values.size()];
    for (int i = 0; i < filters.length; i++) {
      try {
        filters[i] = compile.apply(values.get(i));
      } catch (IllegalArgumentException e) {
        faults.add(new FlowFault(field, String.valueOf(e.getMessage())));
        filters[i] = FlowFilter.all();
      }
    }
    into.add(filters.length == 1 ? filters[0] : o -> FlowFilters.any(filters, o));
  }

  private FlowFilter verdict(Verdict verdict) {
    return switch (verdict) {
      case VERDICT_UNKNOWN -> o -> o.verdict == sh.retina.event.Verdict.UNKNOWN;
      case FORWARDED -> o -> o.verdict == sh.retina.event.Verdict.FORWARDED;
      case REDIRECTED -> o -> o.verdict == sh.retina.event.Verdict.REDIRECTED;
      case AUDIT -> o -> o.verdict == sh.retina.event.Verdict.AUDIT;
      case ERROR -> o -> o.verdict == sh.retina.event.Verdict.ERROR;
      case DROPPED -> FlowFields::isDrop;
      case TRACED -> o -> o.verdict == sh.retina.event.Verdict.TRACED;
      // Of Cilium's translation at sockets, which no observation of ours has.
      case TRANSLATED -> o -> false;
      case UNRECOGNIZED -> throw new IllegalArgumentException("not a verdict");
    };
  }

  private FlowFilter protocol(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "tcp" -> o -> o.protocol == Protocol.TCP && o.ipVersion != 0;
      case "udp" -> o -> o.protocol == Protocol.UDP && o.ipVersion != 0;
      case "sctp" -> o -> o.protocol == Protocol.SCTP && o.ipVersion != 0;
      case "icmp" ->
          o -> (o.protocol == Protocol.ICMP || o.protocol == Protocol.ICMPV6) && o.ipVersion != 0;
      case "icmpv4" -> o -> o.protocol == Protocol.ICMP && o.ipVersion != 0;
      case "icmpv6" -> o -> o.protocol == Protocol.ICMPV6 && o.ipVersion != 0;
      case "igmp" -> o -> o.protocol == FlowFields.IGMP && o.ipVersion != 0;
      case "vrrp" -> o -> o.protocol == FlowFields.VRRP && o.ipVersion != 0;
      case "dns" -> o -> o.dns != null;
      case "http" -> o -> o.http != null;
      default ->
          throw new IllegalArgumentException(
              "not a protocol: '"
                  + name
                  + "'; known: tcp udp sctp icmp icmpv4 icmpv6 igmp vrrp dns http");
    };
  }

  private static FlowFilter ipVersion(IPVersion version) {
    int wanted =
        switch (version) {
          case IP_NOT_USED -> 0;
          case IPv4 -> 4;
          case IPv6 -> 6;
          case UNRECOGNIZED -> throw new IllegalArgumentException("not an IP version");
        };
    return o -> o.ipVersion == wanted;
  }

  private static FlowFilter eventType(EventTypeFilter wanted) {
    int type = wanted.getType();
    int subType = wanted.getSubType();
    boolean anySubType = !wanted.getMatchSubType();
    return o ->
        (type == 0 || FlowFields.eventType(o) == type)
            && (anySubType || FlowFields.eventSubType(o) == subType);
  }

  private static FlowFilter direction(TrafficDirection direction) {
    sh.retina.event.Direction wanted =
        switch (direction) {
          case TRAFFIC_DIRECTION_UNKNOWN -> sh.retina.event.Direction.UNKNOWN;
          case INGRESS -> sh.retina.event.Direction.INGRESS;
          case EGRESS -> sh.retina.event.Direction.EGRESS;
          case UNRECOGNIZED -> throw new IllegalArgumentException("not a direction");
        };
    return o -> FlowFields.direction(o) == wanted;
  }

  /** What nobody knows the reply of matches neither, but a drop counts as a request. */
  private static FlowFilter reply(boolean wanted) {
    return wanted
        ? o -> o.reply == Observation.Reply.YES
        : o ->
            o.reply == Observation.Reply.NO
                || o.reply == Observation.Reply.UNKNOWN && FlowFields.isDrop(o);
  }

  private static FlowFilter tcpFlags(TCPFlags flags) {
    int wanted =
        bit(flags.getFIN(), TcpFlag.FIN)
            | bit(flags.getSYN(), TcpFlag.SYN)
            | bit(flags.getRST(), TcpFlag.RST)
            | bit(flags.getPSH(), TcpFlag.PSH)
            | bit(flags.getACK(), TcpFlag.ACK)
            | bit(flags.getURG(), TcpFlag.URG)
            | bit(flags.getECE(), TcpFlag.ECE)
            | bit(flags.getCWR(), TcpFlag.CWR)
            | bit(flags.getNS(), TcpFlag.NS);
    return o -> o.protocol == Protocol.TCP && o.ipVersion != 0 && (o.tcpFlags & wanted) == wanted;
  }

  private static int bit(boolean set, TcpFlag flag) {
    return set ? flag.bit() : 0;
  }

  private void addPorts(String field, List<String> values, boolean source) {
    if (values.isEmpty()) {
      return;
    }
    BitSet ports = new BitSet();
    for (String value : values) {
      int port = port(value);
      if (port < 0) {
        faults.add(new FlowFault(field, "not a port from 0 to 65535: '" + value + "'"));
      } else {
        ports.set(port);
      }
    }
    into.add(
        source
            ? o -> FlowFields.hasPorts(o) && ports.get(o.sourcePort)
            : o -> FlowFields.hasPorts(o) && ports.get(o.destinationPort));
  }

  private static int port(String text) {
    int port = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      port = port * 10 + (c - '0');
      if (port > MAX_PORT) {
        return -1;
      }
    }
    return text.isEmpty() ? -1 : port;
  }

  private static FlowFilter networkInterface(NetworkInterface wanted) {
    int index = wanted.getIndex();
    boolean anyName = wanted.getName().isEmpty();
    long high = InterfaceName.high(wanted.getName());
    long low = InterfaceName.low(wanted.getName());
    if (wanted.getName().length() > InterfaceName.MAX_LENGTH) {
      throw new IllegalArgumentException("not an interface name: '" + wanted.getName() + "'");
    }
    return o ->
        o.interfaceIndex != 0
            && (index == 0 || o.interfaceIndex == index)
            && (anyName || o.interfaceNameHigh == high && o.interfaceNameLow == low);
  }

  private static FlowFilter dropReason(DropReason wanted) {
    if (wanted == DropReason.UNRECOGNIZED) {
      throw new IllegalArgumentException("not a drop reason");
    }
    return o -> FlowFields.isDrop(o) && FlowFields.dropReason(o) == wanted;
  }

  private FlowFilter nodeName(String pattern) {
    boolean ours = NodeNamePattern.parse(pattern).matches(node.clusterOrDefault(), node.name());
    return o -> ours;
  }

  private static FlowFilter nodeLabels(String text) {
    LabelSelector selector = LabelSelector.parse(text);
    return o -> selector.matches(o.nodeLabels);
  }

  private FlowFilter uuid(String text) {
    UUID wanted;
    try {
      wanted = UUID.fromString(text);
    } catch (IllegalArgumentException _) {
      return o -> false; // compared as text: what is no UUID equals none
    }
    if (!wanted.toString().equals(text)) {
      return o -> false;
    }
    FlowIds ids = new FlowIds(node);
    long high = wanted.getMostSignificantBits();
    long low = wanted.getLeastSignificantBits();
    return o -> ids.high(o) == high && ids.low(o) == low;
  }
}
