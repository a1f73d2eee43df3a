package sh.retina.flow;

import java.util.List;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;
import sh.retina.flow.proto.Layer4;

/** The one-line text about layer 4 that Hubble's clients print behind the verdict. */
final class FlowSummary {
  // Hubble's order.
  private static final List<TcpFlag> ORDER =
      List.of(
          TcpFlag.SYN,
          TcpFlag.ACK,
          TcpFlag.RST,
          TcpFlag.FIN,
          TcpFlag.PSH,
          TcpFlag.URG,
          TcpFlag.ECE,
          TcpFlag.CWR,
          TcpFlag.NS);

  private FlowSummary() {}

  static String of(Observation o, Layer4 l4) {
    return switch (l4.getProtocolCase()) {
      case TCP -> tcp(o.tcpFlags);
      case UDP -> "UDP";
      case SCTP -> "SCTP";
      case ICMPV4 -> "ICMPv4 " + IcmpNames.v4(o.icmpType, o.icmpCode);
      case ICMPV6 -> "ICMPv6 " + IcmpNames.v6(o.icmpType, o.icmpCode);
      case VRRP -> "VRRP";
      case IGMP -> "IGMP";
      case PROTOCOL_NOT_SET -> "";
    };
  }

  /** What a TCP socket tells, in words. */
  static String ofSocket(Observation o) {
    return switch (o.socketReport) {
      case RETRANSMISSION -> "TCP retransmission, " + tcp(o.tcpFlags);
      case RESET ->
          "TCP reset "
              + (o.direction == Direction.EGRESS ? "sent" : "received")
              + ", phase: "
              + o.tcpPhase.label();
      case CONNECTION ->
          switch (o.tcpOutcome) {
            case OPEN, CLOSED, RESET_SENT, RESET_RECEIVED, TIMED_OUT ->
                "TCP connection " + o.tcpOutcome.label().replace('_', ' ');
            case REFUSED, CONNECT_TIMED_OUT, UNREACHABLE, ABANDONED ->
                "TCP connect failed: " + o.tcpOutcome.label().replace('_', ' ');
          };
      case NONE -> "";
    };
  }

  private static String tcp(int flags) {
    StringBuilder text = new StringBuilder("TCP Flags: ");
    String separator = "";
    for (TcpFlag flag : ORDER) {
      if (flag.isIn(flags)) {
        text.append(separator).append(flag.name());
        separator = ", ";
      }
    }
    return text.toString();
  }
}
