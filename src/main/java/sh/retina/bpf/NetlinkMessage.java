package sh.retina.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One message of an rtnetlink datagram (linux/netlink.h, linux/rtnetlink.h, linux/if_link.h), read
 * in the datagram's bytes. Lengths in it are not trusted: what reaches beyond its frame is not
 * read.
 */
final class NetlinkMessage {
  static final int ERROR = 2;
  static final int DONE = 3;
  static final int RTM_NEWLINK = 16;
  static final int RTM_DELLINK = 17;
  static final int RTM_GETLINK = 18;
  static final int RTM_NEWROUTE = 24;
  static final int RTM_DELROUTE = 25;
  static final int RTM_GETROUTE = 26;
  static final int RTM_NEWTFILTER = 44;
  static final int RTM_GETTFILTER = 46;
  static final int CLSACT_INGRESS = 0xFFFFFFF2; // TC_H_CLSACT:TC_H_MIN_INGRESS
  static final int CLSACT_EGRESS = 0xFFFFFFF3;

  private static final int HEADER = 16; // struct nlmsghdr
  private static final int REQUEST_DUMP = 0x301; // NLM_F_REQUEST | NLM_F_DUMP
  private static final int DUMP_INTERRUPTED = 0x10; // NLM_F_DUMP_INTR
  private static final int LINK_BODY = 16; // struct ifinfomsg
  private static final int ROUTE_BODY = 12; // struct rtmsg
  private static final int IFF_UP = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_LINK = 5;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFLA_LINK_NETNSID = 37;
  private static final int RTA_OIF = 4;
  private static final int RTA_MULTIPATH = 9;
  private static final int RTN_UNICAST = 1;
  private static final int RT_TABLE_MAIN = 254;
  private static final int TYPE_MASK = 0x3FFF; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

  private final ByteBuffer datagram;
  private final int start;
  private final int end;

  private NetlinkMessage(ByteBuffer datagram, int start, int end) {
    this.datagram = datagram;
    this.start = start;
    this.end = end;
  }

  /** The first message of a datagram in native byte order; null where there is none. */
  static @Nullable NetlinkMessage first(ByteBuffer datagram) {
    return at(datagram, 0);
  }

  @Nullable NetlinkMessage next() {
    return at(datagram, align(end));
  }

  private static @Nullable NetlinkMessage at(ByteBuffer datagram, int start) {
    if (start > datagram.limit() - HEADER) {
      return null;
    }
    int length = datagram.getInt(start);
    return length < HEADER || length > datagram.limit() - start
        ? null
        : new NetlinkMessage(datagram, start, start + length);
  }

  /** A request for all objects of a type. */
  static byte[] dumpRequest(int type, int sequence, byte[] body) {
    ByteBuffer request = ByteBuffer.allocate(HEADER + body.length).order(ByteOrder.nativeOrder());
    request.putInt(request.capacity()).putShort((short) type).putShort((short) REQUEST_DUMP);
    return request.putInt(sequence).putInt(0).put(body).array();
  }

  /** A struct ifinfomsg or rtmsg that asks for one address family, 0 for all. */
  static byte[] familyBody(int family) {
    byte[] body = new byte[LINK_BODY];
    body[0] = (byte) family;
    return body;
  }

  /** A struct tcmsg. */
  static byte[] tcBody(int interfaceIndex, int parent) {
    return ByteBuffer.allocate(20)
        .order(ByteOrder.nativeOrder())
        .putInt(4, interfaceIndex)
        .putInt(12, parent)
        .array();
  }

  /** The datagram; what is between {@link #body} and {@link #end} is this message's. */
  ByteBuffer datagram() {
    return datagram;
  }

  int body() {
    return start + HEADER;
  }

  int end() {
    return end;
  }

  int type() {
    return Short.toUnsignedInt(datagram.getShort(start + 4));
  }

  int sequence() {
    return datagram.getInt(start + 8);
  }

  boolean isInterrupted() {
    return (datagram.getShort(start + 6) & DUMP_INTERRUPTED) != 0;
  }

  /** The negative error number of an ERROR message; 0 is an acknowledgement. */
  int error() {
    return end - start >= HEADER + 4 ? datagram.getInt(start + HEADER) : -Errno.EINVAL;
  }

  /** The interface of a NEWLINK or DELLINK message; null when the message is too short for one. */
  @Nullable NetworkLink link() {
    if (end - start < HEADER + LINK_BODY) {
      return null;
    }
    int body = start + HEADER;
    int attributes = body + LINK_BODY;
    int name = attribute(attributes, end, IFLA_IFNAME);
    int info = attribute(attributes, end, IFLA_LINKINFO);
    int kind = info < 0 ? -1 : attribute(info + 4, endOf(info), IFLA_INFO_KIND);
    int namespace = attribute(attributes, end, IFLA_LINK_NETNSID);
    return new NetworkLink(
        datagram.getInt(body + 4),
        text(name),
        text(kind),
        number(attribute(attributes, end, IFLA_LINK)),
        number(attribute(attributes, end, IFLA_MASTER)),
        (datagram.getInt(body + 8) & IFF_UP) != 0,
        namespace < 0 ? OptionalInt.empty() : OptionalInt.of(number(namespace)));
  }

  /** Whether a NEWROUTE or DELROUTE message is about a default route of the main table. */
  boolean isDefaultRoute() {
    int body = start + HEADER;
    return end - start >= HEADER + ROUTE_BODY
        && datagram.get(body + 1) == 0 // destination length
        && Byte.toUnsignedInt(datagram.get(body + 4)) == RT_TABLE_MAIN
        && datagram.get(body + 7) == RTN_UNICAST;
  }

  /** Passes on the interfaces of a NEWROUTE message if it is a default route of the main table. */
  void defaultRouteInterfaces(IntConsumer each) {
    if (!isDefaultRoute()) {
      return;
    }
    int body = start + HEADER;
    int single = attribute(body + ROUTE_BODY, end, RTA_OIF);
    if (single >= 0) {
      each.accept(number(single));
    }
    int paths = attribute(body + ROUTE_BODY, end, RTA_MULTIPATH);
    if (paths >= 0) {
      int stop = endOf(paths);
      for (int hop = paths + 4; hop <= stop - 8; ) { // struct rtnexthop
        int length = Short.toUnsignedInt(datagram.getShort(hop));
        if (length < 8) {
          return;
        }
        each.accept(datagram.getInt(hop + 4));
        hop += align(length);
      }
    }
  }

  /** Where the attribute of a type begins between two places, or -1. */
  int attribute(int from, int to, int type) {
    for (int at = from; at <= to - 4; ) {
      int length = Short.toUnsignedInt(datagram.getShort(at));
      if (length < 4 || length > to - at) {
        return -1;
      }
      if ((datagram.getShort(at + 2) & TYPE_MASK) == type) {
        return at;
      }
      at += align(length);
    }
    return -1;
  }

  int endOf(int attribute) {
    return attribute + Short.toUnsignedInt(datagram.getShort(attribute));
  }

  private int number(int attribute) {
    return attribute >= 0 && endOf(attribute) - attribute >= 8 ? datagram.getInt(attribute + 4) : 0;
  }

  String text(int attribute) {
    if (attribute < 0) {
      return "";
    }
    byte[] bytes = new byte[endOf(attribute) - attribute - 4];
    datagram.get(attribute + 4, bytes);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(Arrays.copyOf(bytes, length), StandardCharsets.UTF_8);
  }

  private static int align(int length) {
    return (length + 3) & ~3;
  }
}
