package sh.retina.bpf;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the calling thread's network namespace is set up: addresses, routes, rules, neighbours
 * (rtnetlink(7)) and sockets (sock_diag(7)). Needs no privilege. Lengths in messages are not
 * trusted. Names of numbers are those of ip(8) where there is one, else the number. Stateless and
 * thread-safe.
 */
public final class NetworkTables {
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_NEWNEIGH = 28;
  private static final int RTM_GETNEIGH = 30;
  private static final int RTM_NEWRULE = 32;
  private static final int RTM_GETRULE = 34;
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int ADDRESS_BODY = 8; // struct ifaddrmsg
  private static final int BODY = 12; // struct rtmsg, ndmsg, fib_rule_hdr
  private static final int SOCKET_BODY = 72; // struct inet_diag_msg
  private static final int SOCKET_REQUEST = 56; // struct inet_diag_req_v2
  private static final int AF_INET6 = 10;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int RTA_PRIORITY = 6;
  private static final int RTA_PREFSRC = 7;
  private static final int RTA_MULTIPATH = 9;
  private static final int RTA_TABLE = 15;
  private static final int NEXT_HOP = 8; // struct rtnexthop
  private static final int FRA_DST = 1;
  private static final int FRA_SRC = 2;
  private static final int FRA_IIFNAME = 3;
  private static final int FRA_PRIORITY = 6;
  private static final int FRA_FWMARK = 10;
  private static final int FRA_TABLE = 15;
  private static final int FRA_OIFNAME = 17;
  private static final int NDA_DST = 1;
  private static final int NDA_LLADDR = 2;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final String[] STATES = {
    "",
    "established",
    "syn-sent",
    "syn-recv",
    "fin-wait-1",
    "fin-wait-2",
    "time-wait",
    "closed",
    "close-wait",
    "last-ack",
    "listen",
    "closing",
    "new-syn-recv",
  };
  private static final String[] TYPES = {
    "unspec",
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "nat",
  };

  /** An address of an interface. {@code address} with the length of its prefix. */
  public record Address(int interfaceIndex, String address, String scope) {}

  /**
   * A way.
   *
   * @param destination with the length of its prefix; {@code default}, of its family
   * @param hops more than one where the way is shared
   * @param source the address that the kernel takes where a program chose none; may be empty
   */
  public record Route(
      String family,
      String type,
      String destination,
      List<Hop> hops,
      long table,
      int protocol,
      String scope,
      long metric,
      String source) {}

  /** Where to. {@code gateway} is empty where the destination is at the interface itself. */
  public record Hop(String gateway, int interfaceIndex) {}

  /** Which table is asked, by priority; what is empty or 0 matches all. */
  public record Rule(
      String family,
      long priority,
      String from,
      String to,
      String inputInterface,
      String outputInterface,
      long mark,
      long table,
      int action) {}

  /** Who is at a link. {@code state} as NUD_* of linux/neighbour.h. */
  public record Neighbour(
      int interfaceIndex, String address, String hardwareAddress, String state) {}

  /**
   * A socket.
   *
   * @param receiveQueue bytes that the program has not read; of a listener, connections that wait
   * @param sendQueue bytes that the peer has not acknowledged; of a listener, the backlog
   */
  public record Socket(
      String protocol,
      String state,
      String local,
      String peer,
      long receiveQueue,
      long sendQueue,
      long uid,
      long inode) {}

  private NetworkTables() {}

  public static List<Address> addresses() {
    return dump(RTM_GETADDR, new byte[ADDRESS_BODY], NetworkTables::address);
  }

  public static List<Route> routes() {
    return dump(NetlinkMessage.RTM_GETROUTE, new byte[BODY], NetworkTables::route);
  }

  public static List<Rule> rules() {
    return dump(RTM_GETRULE, new byte[BODY], NetworkTables::rule);
  }

  public static List<Neighbour> neighbours() {
    return dump(RTM_GETNEIGH, new byte[BODY], NetworkTables::neighbour);
  }

  /**
   * TCP's and UDP's, of both families.
   *
   * @throws BpfException also when the kernel cannot tell (CONFIG_INET_DIAG)
   */
  public static List<Socket> sockets() {
    List<Socket> all = new ArrayList<>();
    try (NetlinkSocket socket = NetlinkSocket.openSockDiag()) {
      for (int protocol : new int[] {TCP, UDP}) {
        for (int family : new int[] {Libc.AF_INET, AF_INET6}) {
          byte[] request =
              ByteBuffer.allocate(SOCKET_REQUEST)
                  .order(ByteOrder.nativeOrder())
                  .put(0, (byte) family)
                  .put(1, (byte) protocol)
                  .putInt(4, -1) // of any state
                  .array();
          String name = protocol == TCP ? "tcp" : "udp";
          all.addAll(dump(socket, SOCK_DIAG_BY_FAMILY, request, message -> socket(message, name)));
        }
      }
    }
    return all;
  }

  private static <T> List<T> dump(
      int type, byte[] body, Function<NetlinkMessage, @Nullable T> read) {
    try (NetlinkSocket socket = NetlinkSocket.open(0)) {
      return dump(socket, type, body, read);
    }
  }

  private static <T> List<T> dump(
      NetlinkSocket socket, int type, byte[] body, Function<NetlinkMessage, @Nullable T> read) {
    List<T> all = new ArrayList<>();
    socket.dump(
        type,
        body,
        all::clear,
        message -> {
          T one = read.apply(message);
          if (one != null) {
            all.add(one);
          }
        });
    return all;
  }

  static @Nullable Address address(NetlinkMessage message) {
    if (message.type() != RTM_NEWADDR || isShort(message, ADDRESS_BODY)) {
      return null;
    }
    int body = message.body();
    // Of a link to one other, the one is this side's and the other the peer's.
    String local = host(message, ADDRESS_BODY, IFA_LOCAL);
    String text = local.isEmpty() ? host(message, ADDRESS_BODY, IFA_ADDRESS) : local;
    return new Address(
        message.datagram().getInt(body + 4), text + "/" + u8(message, 1), scope(u8(message, 3)));
  }

  static @Nullable Route route(NetlinkMessage message) {
    if (message.type() != NetlinkMessage.RTM_NEWROUTE || isShort(message, BODY)) {
      return null;
    }
    int type = u8(message, 7);
    return new Route(
        family(message),
        type < TYPES.length ? TYPES[type] : Integer.toString(type),
        prefix(message, RTA_DST, u8(message, 1), "default"),
        hops(message),
        number(message, RTA_TABLE, u8(message, 4)),
        u8(message, 5),
        scope(u8(message, 6)),
        number(message, RTA_PRIORITY, 0),
        host(message, BODY, RTA_PREFSRC));
  }

  private static List<Hop> hops(NetlinkMessage message) {
    int from = message.body() + BODY;
    int all = message.attribute(from, message.end(), RTA_MULTIPATH);
    if (all < 0) {
      int index = (int) number(message, RTA_OIF, 0);
      return index == 0 ? List.of() : List.of(new Hop(host(message, BODY, RTA_GATEWAY), index));
    }
    List<Hop> hops = new ArrayList<>();
    ByteBuffer bytes = message.datagram();
    int stop = message.endOf(all);
    for (int hop = all + 4; hop <= stop - NEXT_HOP; ) {
      int length = Short.toUnsignedInt(bytes.getShort(hop));
      if (length < NEXT_HOP || length > stop - hop) {
        break;
      }
      int gateway = message.attribute(hop + NEXT_HOP, hop + length, RTA_GATEWAY);
      hops.add(new Hop(host(message, gateway), bytes.getInt(hop + 4)));
      hop += (length + 3) & ~3;
    }
    return hops;
  }

  static @Nullable Rule rule(NetlinkMessage message) {
    if (message.type() != RTM_NEWRULE || isShort(message, BODY)) {
      return null;
    }
    int from = message.body() + BODY;
    return new Rule(
        family(message),
        number(message, FRA_PRIORITY, 0),
        prefix(message, FRA_SRC, u8(message, 2), ""),
        prefix(message, FRA_DST, u8(message, 1), ""),
        message.text(message.attribute(from, message.end(), FRA_IIFNAME)),
        message.text(message.attribute(from, message.end(), FRA_OIFNAME)),
        number(message, FRA_FWMARK, 0),
        number(message, FRA_TABLE, u8(message, 4)),
        u8(message, 7));
  }

  static @Nullable Neighbour neighbour(NetlinkMessage message) {
    if (message.type() != RTM_NEWNEIGH || isShort(message, BODY)) {
      return null;
    }
    int body = message.body();
    int hardware = message.attribute(body + BODY, message.end(), NDA_LLADDR);
    return new Neighbour(
        message.datagram().getInt(body + 4),
        host(message, BODY, NDA_DST),
        hardware < 0 ? "" : HexFormat.ofDelimiter(":").formatHex(bytes(message, hardware)),
        neighbourState(Short.toUnsignedInt(message.datagram().getShort(body + 8))));
  }

  private static String neighbourState(int bits) {
    return switch (bits) {
      case 0x01 -> "incomplete";
      case 0x02 -> "reachable";
      case 0x04 -> "stale";
      case 0x08 -> "delay";
      case 0x10 -> "probe";
      case 0x20 -> "failed";
      case 0x40 -> "noarp";
      case 0x80 -> "permanent";
      default -> String.format(Locale.ROOT, "0x%02x", bits);
    };
  }

  static @Nullable Socket socket(NetlinkMessage message, String protocol) {
    if (message.type() != SOCK_DIAG_BY_FAMILY || isShort(message, SOCKET_BODY)) {
      return null;
    }
    int body = message.body();
    ByteBuffer bytes = message.datagram();
    int length = u8(message, 0) == AF_INET6 ? 16 : 4;
    int state = u8(message, 1);
    return new Socket(
        protocol,
        state < STATES.length ? STATES[state] : Integer.toString(state),
        end(bytes, body + 8, length, body + 4),
        end(bytes, body + 24, length, body + 6),
        Integer.toUnsignedLong(bytes.getInt(body + 56)),
        Integer.toUnsignedLong(bytes.getInt(body + 60)),
        Integer.toUnsignedLong(bytes.getInt(body + 64)),
        Integer.toUnsignedLong(bytes.getInt(body + 68)));
  }

  private static String end(ByteBuffer bytes, int address, int length, int port) {
    byte[] host = new byte[length];
    bytes.get(address, host);
    int number = Byte.toUnsignedInt(bytes.get(port)) << 8 | Byte.toUnsignedInt(bytes.get(port + 1));
    String text = text(host);
    return (length == 4 ? text : "[" + text + "]") + ":" + number;
  }

  private static boolean isShort(NetlinkMessage message, int body) {
    return message.end() - message.body() < body;
  }

  private static int u8(NetlinkMessage message, int at) {
    return Byte.toUnsignedInt(message.datagram().get(message.body() + at));
  }

  private static String family(NetlinkMessage message) {
    int family = u8(message, 0);
    return family == Libc.AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : Integer.toString(family);
  }

  private static String scope(int number) {
    return switch (number) {
      case 0 -> "global";
      case 200 -> "site";
      case 253 -> "link";
      case 254 -> "host";
      case 255 -> "nowhere";
      default -> Integer.toString(number);
    };
  }

  private static long number(NetlinkMessage message, int type, long otherwise) {
    int at = message.attribute(message.body() + BODY, message.end(), type);
    return at < 0 || message.endOf(at) - at < 8
        ? otherwise
        : Integer.toUnsignedLong(message.datagram().getInt(at + 4));
  }

  private static String prefix(NetlinkMessage message, int type, int length, String all) {
    String address = host(message, BODY, type);
    return address.isEmpty() ? all : address + "/" + length;
  }

  private static String host(NetlinkMessage message, int body, int type) {
    return host(message, message.attribute(message.body() + body, message.end(), type));
  }

  private static String host(NetlinkMessage message, int attribute) {
    return attribute < 0 ? "" : text(bytes(message, attribute));
  }

  private static byte[] bytes(NetlinkMessage message, int attribute) {
    byte[] bytes = new byte[message.endOf(attribute) - attribute - 4];
    message.datagram().get(attribute + 4, bytes);
    return bytes;
  }

  private static String text(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException _) {
      return HexFormat.of().formatHex(address); // of another family
    }
  }
}
