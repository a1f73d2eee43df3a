package sh.retina.plugin.ciliumeventobserver;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Direction;
import sh.retina.event.IpAddress;
import sh.retina.event.Observation;
import sh.retina.event.Verdict;

/**
 * What Cilium's proxies saw (cilium/cilium, pkg/proxy/accesslog): a request or an answer of an
 * application, as a gob of a LogRecord. No packet is counted for it.
 */
final class AccessLog {
  private static final String POLICY_DENIED = "POLICY_DENIED";

  private AccessLog() {}

  /** Reads the record behind its type; false when it is none. */
  static boolean decode(byte[] bytes, int from, int end, Observation o) {
    Map<?, ?> record;
    try {
      if (!(Gob.readFirst(bytes, from, end - from) instanceof Map<?, ?> fields)
          || !fields.containsKey("Type")) {
        return false;
      }
      record = fields;
    } catch (GobException e) {
      return false;
    }
    o.monitorType = MonitorMessage.ACCESS_LOG;
    o.verdict =
        switch (text(record, "Verdict")) {
          case "Forwarded" -> Verdict.FORWARDED;
          case "Redirected" -> Verdict.REDIRECTED;
          case "Denied" -> Verdict.DROPPED;
          case "Error" -> Verdict.ERROR;
          default -> Verdict.UNKNOWN;
        };
    if (o.verdict == Verdict.DROPPED) {
      int reason = number(record, "DropReason");
      o.dropReasonName = reason == 0 ? POLICY_DENIED : CiliumDropReasons.name(reason);
    }
    o.reply =
        switch (text(record, "Type")) {
          case "Request" -> Observation.Reply.NO;
          case "Response" -> Observation.Reply.YES;
          default -> Observation.Reply.UNKNOWN;
        };
    o.direction = direction(text(record, "ObservationPoint"), o.reply);
    o.protocol = number(record, "TransportProtocol") & 0xff;
    tuple(record, o);
    if (record.get("DNS") instanceof Map<?, ?> dns) {
      o.dns = new AccessLogDns(dns, o.reply == Observation.Reply.YES);
    } else if (record.get("HTTP") instanceof Map<?, ?> http) {
      o.http = AccessLogHttp.of(http, o.reply == Observation.Reply.YES, text(record, "Timestamp"));
    }
    return true;
  }

  /** The record tells the connection's; an observation, that of the message. */
  private static Direction direction(String point, Observation.Reply reply) {
    boolean answer = reply == Observation.Reply.YES;
    return switch (point) {
      case "Ingress" -> answer ? Direction.EGRESS : Direction.INGRESS;
      case "Egress" -> answer ? Direction.INGRESS : Direction.EGRESS;
      default -> Direction.UNKNOWN;
    };
  }

  private static void tuple(Map<?, ?> record, Observation o) {
    boolean v6 = number(record, "IPVersion") == 1;
    String field = v6 ? "IPv6" : "IPv4";
    Map<?, ?> from = struct(record, "SourceEndpoint");
    Map<?, ?> to = struct(record, "DestinationEndpoint");
    o.sourcePort = number(from, "Port") & 0xffff;
    o.destinationPort = number(to, "Port") & 0xffff;
    IpAddress source = address(text(from, field));
    IpAddress destination = address(text(to, field));
    if (source == null && destination == null) {
      return;
    }
    o.ipVersion = v6 ? 6 : 4;
    if (source != null) {
      o.sourceHigh = source.high();
      o.sourceLow = source.low();
    }
    if (destination != null) {
      o.destinationHigh = destination.high();
      o.destinationLow = destination.low();
    }
  }

  private static @Nullable IpAddress address(String text) {
    if (text.isEmpty()) {
      return null;
    }
    try {
      return IpAddress.parse(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Map<?, ?> struct(Map<?, ?> of, String field) {
    return of.get(field) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static String text(Map<?, ?> of, String field) {
    return of.get(field) instanceof String text ? text : "";
  }

  private static int number(Map<?, ?> of, String field) {
    return of.get(field) instanceof Long number ? number.intValue() : 0;
  }
}
