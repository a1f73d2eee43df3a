package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.Locale;
import sh.retina.flow.TracePoints;
import sh.retina.flow.proto.Flow;

/** What Hubble's metrics call a flow's protocol and kind. */
final class FlowWords {
  static final int DROP = 1;
  static final int CAPTURE = 3;
  static final int TRACE = 4;
  static final int POLICY_VERDICT = 5;
  static final int L7 = 129;

  /** Reserved identity of the node itself, whose packets are let into each of its pods. */
  private static final int HOST = 1;

  private static final List<String> MATCHES =
      List.of("none", "l3-only", "l3-l4", "l4-only", "all", "l3-proto", "proto-only");

  private FlowWords() {}

  static String protocol(Flow flow) {
    return switch (flow.getEventType().getType()) {
      case L7 -> layer7(flow);
      case DROP, CAPTURE, TRACE, POLICY_VERDICT -> layer4(flow);
      default -> "Unknown flow";
    };
  }

  static String layer4(Flow flow) {
    return switch (flow.getL4().getProtocolCase()) {
      case TCP -> "TCP";
      case UDP -> "UDP";
      case ICMPV4 -> "ICMPv4";
      case ICMPV6 -> "ICMPv6";
      case SCTP -> "SCTP";
      case VRRP -> "VRRP";
      case IGMP -> "IGMP";
      case PROTOCOL_NOT_SET -> "Unknown L4";
    };
  }

  private static String layer7(Flow flow) {
    return switch (flow.getL7().getRecordCase()) {
      case DNS -> "DNS";
      case HTTP -> "HTTP";
      case KAFKA, RECORD_NOT_SET -> "Unknown L7";
    };
  }

  static String type(Flow flow) {
    return switch (flow.getEventType().getType()) {
      case L7 -> "L7";
      case DROP -> "Drop";
      case CAPTURE -> "Capture";
      case TRACE -> "Trace";
      case POLICY_VERDICT -> "PolicyVerdict";
      default -> "Unknown";
    };
  }

  static String subType(Flow flow) {
    int type = flow.getEventType().getType();
    int point = flow.getEventType().getSubType();
    return switch (type) {
      case L7 -> layer7(flow).replace("Unknown L7", "");
      case TRACE ->
          point >= 0 && point < TracePoints.NAMES.size()
              ? TracePoints.NAMES.get(point)
              : String.valueOf(point);
      case CAPTURE -> flow.getDebugCapturePoint().name();
      case DROP, POLICY_VERDICT -> "";
      default -> String.valueOf(type);
    };
  }

  /** By what a policy decided; empty where a flow tells of no decision that counts. */
  static String policyMatch(Flow flow) {
    return switch (flow.getEventType().getType()) {
      case POLICY_VERDICT -> flow.getSource().getIdentity() == HOST ? "" : match(flow);
      case L7 -> "l7/" + subType(flow).toLowerCase(Locale.ROOT);
      default -> "";
    };
  }

  private static String match(Flow flow) {
    int type = flow.getPolicyMatchType();
    return type >= 0 && type < MATCHES.size() ? MATCHES.get(type) : "unknown";
  }
}
