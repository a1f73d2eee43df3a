package sh.retina.plugin.ciliumeventobserver;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;

/**
 * Messages of Cilium's datapath (cilium/cilium, bpf/lib/drop.h, trace.h and policy_log.h; read by
 * pkg/monitor/datapath_*.go there): a header in the node's byte order, of a length that its version
 * says, and what was captured of the packet. All begin alike:
 *
 * <pre>
 *  0  1  type            12  2  captured bytes
 *  1  1  subtype         14  1  version
 *  2  2  local endpoint  15  1  version of an extension; ours has none
 *  4  4  hash            16  4  identity of the source, or of the peer
 *  8  4  bytes of the packet
 * </pre>
 */
final class MonitorMessage {
  static final int DROP = 1;
  static final int TRACE = 4;
  static final int POLICY_VERDICT = 5;
  static final int ACCESS_LOG = 129;

  private static final int[] DROP_HEADER = {36, 36, 40, 48};
  private static final int[] TRACE_HEADER = {32, 48, 56};
  private static final int POLICY_HEADER = 32;
  private static final int POLICY_HEADER_WITH_COOKIE = 40;

  private static final int L3_DEVICE = 2;
  private static final int IPV6 = 1;
  private static final int POLICY_INGRESS = 1;
  private static final int POLICY_EGRESS = 2;
  private static final int POLICY_DIRECTION = 3;
  private static final int POLICY_MATCH = 0x38;
  private static final int POLICY_MATCH_SHIFT = 3;
  private static final int POLICY_AUDITED = 0x40;
  private static final int POLICY_L3_DEVICE = 0x80;

  // What the connection tracking said; the uppermost bit: encrypted.
  private static final int REASON = 0x7f;
  private static final int NEW = 0;
  private static final int REPLY = 2;
  private static final int REOPENED = 4;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private MonitorMessage() {}

  static boolean isFlow(int type) {
    return switch (type) {
      case DROP, TRACE, POLICY_VERDICT, ACCESS_LOG -> true;
      default -> false;
    };
  }

  /** Reads a message of the datapath; false when it is none, cut, or of a version unknown here. */
  static boolean decode(byte[] bytes, int from, int end, Observation o) {
    if (end - from < 16 || bytes[from + 15] != 0) {
      return false;
    }
    return switch (bytes[from]) {
      case DROP -> drop(bytes, from, end, o);
      case TRACE -> trace(bytes, from, end, o);
      case POLICY_VERDICT -> policyVerdict(bytes, from, end, o);
      default -> false;
    };
  }

  private static boolean drop(byte[] bytes, int from, int end, Observation o) {
    int header = header(DROP_HEADER, bytes[from + 14]);
    if (header == 0 || end - from < header) {
      return false;
    }
    o.verdict = Verdict.DROPPED;
    o.dropReasonName = CiliumDropReasons.name(bytes[from + 1] & 0xff);
    // Cilium names the endpoint that the packet was for only on its way into one.
    boolean toLocal = u32(bytes, from + 24) != 0;
    boolean ofLocal = u16(bytes, from + 2) != 0;
    o.direction = toLocal ? Direction.INGRESS : ofLocal ? Direction.EGRESS : Direction.UNKNOWN;
    o.interfaceIndex = u32(bytes, from + 32);
    int flags = header > 36 ? bytes[from + 36] : 0;
    count(bytes, from, o);
    packet(bytes, from, header, end, (flags & L3_DEVICE) != 0, o);
    return true;
  }

  private static boolean trace(byte[] bytes, int from, int end, Observation o) {
    int header = header(TRACE_HEADER, bytes[from + 14]);
    if (header == 0 || end - from < header) {
      return false;
    }
    o.verdict = Verdict.FORWARDED;
    // The datapath says 0 where the API's enum says 101.
    int point = bytes[from + 1] & 0xff;
    o.point =
        point == 0
            ? ObservationPoint.TO_ENDPOINT
            : point == ObservationPoint.TO_ENDPOINT.id()
                ? ObservationPoint.UNKNOWN
                : ObservationPoint.of(point);
    o.firstOnNode =
        o.point == ObservationPoint.FROM_ENDPOINT || o.point == ObservationPoint.FROM_NETWORK;
    o.reply = reply(o.point, bytes[from + 26] & REASON);
    o.interfaceIndex = u32(bytes, from + 28);
    int flags = bytes[from + 27];
    count(bytes, from, o);
    packet(bytes, from, header, end, (flags & L3_DEVICE) != 0, o);
    if (header > 32 && o.ipVersion != 0) {
      originalSource(bytes, from + 32, (flags & IPV6) != 0, o);
    }
    if (o.tcpFlags != 0) {
      countFlags(o);
    }
    return true;
  }

  /** Points at the entrance ask no connection tracking; older versions say 0 = new there. */
  private static Observation.Reply reply(ObservationPoint point, int reason) {
    boolean tracked =
        switch (point) {
          case TO_ENDPOINT, TO_PROXY, TO_HOST, TO_STACK, TO_NETWORK -> true;
          default -> false;
        };
    if (reason == REPLY) {
      return Observation.Reply.YES;
    }
    boolean known = reason > NEW && reason <= REOPENED || reason == NEW && tracked;
    return known ? Observation.Reply.NO : Observation.Reply.UNKNOWN;
  }

  /** The source before masquerading, if it was masqueraded. */
  private static void originalSource(byte[] bytes, int at, boolean ipv6, Observation o) {
    if (ipv6) {
      long high = PacketHeaders.u64(bytes, at);
      long low = PacketHeaders.u64(bytes, at + 8);
      if ((high | low) != 0) {
        o.sourceHigh = high;
        o.sourceLow = low;
      }
    } else {
      int address = PacketHeaders.i32(bytes, at);
      if (address != 0) {
        o.sourceHigh = 0;
        o.sourceLow = PacketHeaders.mapped(address);
      }
    }
  }

  /** The first packet of a connection, judged. It comes again as a drop or at a point. */
  private static boolean policyVerdict(byte[] bytes, int from, int end, Observation o) {
    int captured = u16(bytes, from + 12);
    // Both lengths have the same version; behind the packet are 7 bytes of padding at most.
    boolean hasCookie = end - from >= POLICY_HEADER_WITH_COOKIE + captured;
    int header = hasCookie ? POLICY_HEADER_WITH_COOKIE : POLICY_HEADER;
    if (end - from < header) {
      return false;
    }
    o.monitorType = POLICY_VERDICT;
    int verdict = u32(bytes, from + 20); // a reason to drop, or the port of a proxy
    int flags = bytes[from + 27];
    if (verdict < 0) {
      o.verdict = Verdict.DROPPED;
      o.dropReasonName = CiliumDropReasons.name(-verdict);
    } else {
      o.verdict =
          verdict > 0
              ? Verdict.REDIRECTED
              : (flags & POLICY_AUDITED) != 0 ? Verdict.AUDIT : Verdict.FORWARDED;
      o.reply = Observation.Reply.NO;
    }
    o.policyMatchType = (flags & POLICY_MATCH) >> POLICY_MATCH_SHIFT;
    o.direction =
        switch (flags & POLICY_DIRECTION) {
          case POLICY_INGRESS -> Direction.INGRESS;
          case POLICY_EGRESS -> Direction.EGRESS;
          default -> Direction.UNKNOWN;
        };
    packet(bytes, from, header, end, (flags & POLICY_L3_DEVICE) != 0, o);
    return true;
  }

  private static void count(byte[] bytes, int from, Observation o) {
    o.packets = 1;
    o.bytes = Integer.toUnsignedLong(u32(bytes, from + 8));
  }

  private static void countFlags(Observation o) {
    boolean synAck = TcpFlag.SYNACK.isIn(o.tcpFlags);
    for (int i = 0; i < o.flagCounts.length; i++) {
      int bit = 1 << i;
      boolean isPart = synAck && (TcpFlag.SYNACK.bit() & bit) != 0;
      o.flagCounts[i] = i < 9 && (o.tcpFlags & bit) != 0 && !isPart ? 1 : 0;
    }
    o.flagCounts[TcpFlag.SYNACK.ordinal()] = synAck ? 1 : 0;
  }

  private static void packet(
      byte[] bytes, int from, int header, int end, boolean l3, Observation o) {
    int start = from + header;
    int captured = Math.min(u16(bytes, from + 12), end - start);
    PacketHeaders.decode(bytes, start, start + captured, l3, o);
  }

  private static int header(int[] lengths, byte version) {
    return version >= 0 && version < lengths.length ? lengths[version] : 0;
  }

  private static int u16(byte[] bytes, int at) {
    return Short.toUnsignedInt((short) SHORT.get(bytes, at));
  }

  private static int u32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }
}
