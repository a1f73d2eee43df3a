package sh.retina.plugin.ciliumeventobserver;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import sh.retina.event.Observation;
import sh.retina.event.Protocol;

/**
 * Ethernet (with up to two VLAN tags), IPv4 and IPv6 with extension headers, TCP, UDP, SCTP, ICMP:
 * as far as the captured bytes reach. What is not there stays unset.
 */
final class PacketHeaders {
  private static final int ETHERNET = 14;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final int VLAN = 0x8100;
  private static final int SERVICE_VLAN = 0x88a8;
  private static final int MAX_TAGS = 2;
  private static final int MAX_EXTENSIONS = 8;

  // IPv6 extension headers (IANA protocol numbers).
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int AUTHENTICATION = 51;
  private static final int DESTINATION = 60;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private PacketHeaders() {}

  /** {@code l3}: the packet begins with its IP header. */
  static void decode(byte[] bytes, int from, int end, boolean l3, Observation o) {
    int at = from;
    if (l3) {
      if (end - at < 1) {
        return;
      }
      switch (bytes[at] >> 4 & 0xf) {
        case 4 -> ipv4(bytes, at, end, o);
        case 6 -> ipv6(bytes, at, end, o);
        default -> {}
      }
      return;
    }
    if (end - at < ETHERNET) {
      return;
    }
    int type = u16(bytes, at + 12);
    at += ETHERNET;
    for (int tag = 0; tag < MAX_TAGS && (type == VLAN || type == SERVICE_VLAN); tag++) {
      if (end - at < 4) {
        return;
      }
      if (tag == 0) {
        o.vlan = u16(bytes, at) & 0xfff;
      }
      type = u16(bytes, at + 2);
      at += 4;
    }
    switch (type) {
      case IPV4 -> ipv4(bytes, at, end, o);
      case IPV6 -> ipv6(bytes, at, end, o);
      default -> {}
    }
  }

  private static void ipv4(byte[] bytes, int at, int end, Observation o) {
    int header = end - at < 20 ? 0 : (bytes[at] & 0xf) * 4;
    if (header < 20 || bytes[at] >> 4 != 4) {
      return;
    }
    o.ipVersion = 4;
    o.sourceLow = mapped(i32(bytes, at + 12));
    o.destinationLow = mapped(i32(bytes, at + 16));
    o.protocol = bytes[at + 9] & 0xff;
    boolean first = (u16(bytes, at + 6) & 0x1fff) == 0;
    if (first) {
      transport(bytes, at + header, end, o);
    }
  }

  private static void ipv6(byte[] bytes, int at, int end, Observation o) {
    if (end - at < 40 || (bytes[at] >> 4 & 0xf) != 6) {
      return;
    }
    o.ipVersion = 6;
    o.sourceHigh = u64(bytes, at + 8);
    o.sourceLow = u64(bytes, at + 16);
    o.destinationHigh = u64(bytes, at + 24);
    o.destinationLow = u64(bytes, at + 32);
    int next = bytes[at + 6] & 0xff;
    int place = at + 40;
    boolean first = true;
    for (int i = 0; i < MAX_EXTENSIONS && isExtension(next) && end - place >= 8; i++) {
      int units = bytes[place + 1] & 0xff;
      if (next == FRAGMENT) {
        first &= (u16(bytes, place + 2) & 0xfff8) == 0;
      }
      int length =
          switch (next) {
            case FRAGMENT -> 8;
            case AUTHENTICATION -> (units + 2) * 4;
            default -> (units + 1) * 8;
          };
      next = bytes[place] & 0xff;
      place += length;
    }
    o.protocol = next;
    if (first) {
      transport(bytes, place, end, o);
    }
  }

  private static boolean isExtension(int protocol) {
    return switch (protocol) {
      case HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION -> true;
      default -> false;
    };
  }

  private static void transport(byte[] bytes, int at, int end, Observation o) {
    if (end - at < 4) {
      return;
    }
    switch (o.protocol) {
      case Protocol.TCP, Protocol.UDP, Protocol.SCTP -> {
        o.sourcePort = u16(bytes, at);
        o.destinationPort = u16(bytes, at + 2);
        if (o.protocol == Protocol.TCP && end - at >= 14) {
          o.tcpFlags = u16(bytes, at + 12) & 0x1ff;
        }
      }
      case Protocol.ICMP, Protocol.ICMPV6 -> {
        o.icmpType = bytes[at] & 0xff;
        o.icmpCode = bytes[at + 1] & 0xff;
      }
      default -> {}
    }
  }

  /** ::ffff:a.b.c.d, the lower half. */
  static long mapped(int ipv4) {
    return 0xffff_0000_0000L | Integer.toUnsignedLong(ipv4);
  }

  private static int u16(byte[] bytes, int at) {
    return Short.toUnsignedInt((short) SHORT.get(bytes, at));
  }

  static int i32(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  static long u64(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }
}
