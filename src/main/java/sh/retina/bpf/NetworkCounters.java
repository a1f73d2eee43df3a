package sh.retina.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel counts in the calling thread's network namespace anyway, by netlink: interfaces
 * and queueing disciplines (rtnetlink(7)), TCP sockets by state (sock_diag(7)). Needs no privilege.
 * Lengths in messages are not trusted. Stateless and thread-safe.
 */
public final class NetworkCounters {
  /** Of {@code enum} in include/net/tcp_states.h: the states' numbers are below this. */
  public static final int TCP_STATES = 16;

  private static final int RTM_GETQDISC = 38;
  private static final int RTM_NEWQDISC = 36;
  private static final int SOCK_DIAG_BY_FAMILY = 20;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int IPPROTO_TCP = 6;
  private static final int IFLA_STATS64 = 23;
  private static final int LINK_BODY = 16; // struct ifinfomsg
  private static final int QDISC_BODY = 20; // struct tcmsg
  private static final int TCA_KIND = 1;
  private static final int TCA_STATS2 = 7;
  private static final int TCA_STATS_QUEUE = 3;
  private static final int TC_H_ROOT = 0xFFFFFFFF;
  private static final int TC_H_INGRESS = 0xFFFFFFF1;

  /** TCP's states and NEW_SYN_RECV, as which handshakes are kept. */
  private static final int ALL_STATES = 0x1FFE;

  private static final CStruct REQUEST =
      CStruct.of(
          "u8 family; u8 protocol; u8 extensions; u8 pad; u32 states; u16 sport; u16 dport; u8"
              + " addresses[32]; u32 interface; u32 cookie[2]");

  /** struct inet_diag_msg of linux/inet_diag.h, as far as it is read */
  private static final CStruct SOCKET =
      CStruct.of("u8 family; u8 state; u8 timer; u8 retransmits; u16 sport; u16 dport");

  /** struct rtnl_link_stats64 of linux/if_link.h: the names that sysfs has for them, in order. */
  private static final String[] STATISTICS = {
    "rx_packets",
    "tx_packets",
    "rx_bytes",
    "tx_bytes",
    "rx_errors",
    "tx_errors",
    "rx_dropped",
    "tx_dropped",
    "multicast",
    "collisions",
    "rx_length_errors",
    "rx_over_errors",
    "rx_crc_errors",
    "rx_frame_errors",
    "rx_fifo_errors",
    "rx_missed_errors",
    "tx_aborted_errors",
    "tx_carrier_errors",
    "tx_fifo_errors",
    "tx_heartbeat_errors",
    "tx_window_errors",
    "rx_compressed",
    "tx_compressed",
    "rx_nohandler",
    "rx_otherhost_dropped",
  };

  /**
   * What an interface counted.
   *
   * @param counters by the names of /sys/class/net/NAME/statistics, in their order
   */
  public record InterfaceCounters(NetworkLink link, Map<String, Long> counters) {}

  /** Packets that the root of an interface's queueing disciplines dropped, its children's too. */
  public record QdiscDrops(int interfaceIndex, String kind, long drops) {}

  /**
   * TCP sockets of both families.
   *
   * @param byState index is the kernel's number of the state
   * @param withPeer those that have a peer
   */
  public record TcpSockets(long[] byState, long withPeer) {}

  private NetworkCounters() {}

  public static List<InterfaceCounters> interfaces() {
    List<InterfaceCounters> all = new ArrayList<>();
    try (NetlinkSocket socket = NetlinkSocket.open(0)) {
      socket.dump(
          NetlinkMessage.RTM_GETLINK,
          NetlinkMessage.familyBody(0),
          all::clear,
          message -> {
            InterfaceCounters counters = interfaceCounters(message);
            if (counters != null) {
              all.add(counters);
            }
          });
    }
    return all;
  }

  /** Of each interface the root and what is at ingress (clsact), by interface. */
  public static List<QdiscDrops> qdiscs() {
    List<QdiscDrops> all = new ArrayList<>();
    try (NetlinkSocket socket = NetlinkSocket.open(0)) {
      socket.dump(
          RTM_GETQDISC,
          NetlinkMessage.tcBody(0, 0),
          all::clear,
          message -> {
            QdiscDrops drops = qdiscDrops(message);
            if (drops != null) {
              all.add(drops);
            }
          });
    }
    return all;
  }

  /**
   * Counts sockets by asking for each, so it takes the longer the more there are.
   *
   * @throws BpfException also when the kernel has no tcp_diag (CONFIG_INET_TCP_DIAG)
   */
  public static TcpSockets tcpSockets() {
    long[] byState = new long[TCP_STATES];
    long[] withPeer = new long[1];
    try (NetlinkSocket socket = NetlinkSocket.openSockDiag()) {
      for (int family : new int[] {AF_INET, AF_INET6}) {
        long[] states = new long[TCP_STATES];
        long[] peers = new long[1];
        socket.dump(
            SOCK_DIAG_BY_FAMILY,
            request(family),
            () -> {
              java.util.Arrays.fill(states, 0);
              peers[0] = 0;
            },
            message -> count(message, states, peers));
        for (int i = 0; i < TCP_STATES; i++) {
          byState[i] += states[i];
        }
        withPeer[0] += peers[0];
      }
    }
    return new TcpSockets(byState, withPeer[0]);
  }

  private static byte[] request(int family) {
    ByteBuffer request =
        ByteBuffer.allocate((int) REQUEST.sizeBytes()).order(ByteOrder.nativeOrder());
    return request
        .put((int) REQUEST.offset("family"), (byte) family)
        .put((int) REQUEST.offset("protocol"), (byte) IPPROTO_TCP)
        .putInt((int) REQUEST.offset("states"), ALL_STATES)
        .array();
  }

  static void count(NetlinkMessage message, long[] states, long[] withPeer) {
    if (message.type() != SOCK_DIAG_BY_FAMILY
        || message.end() - message.body() < SOCKET.sizeBytes()) {
      return;
    }
    int at = message.body();
    int state = Byte.toUnsignedInt(message.datagram().get(at + (int) SOCKET.offset("state")));
    if (state < states.length) {
      states[state]++;
    }
    if (message.datagram().getShort(at + (int) SOCKET.offset("dport")) != 0) {
      withPeer[0]++;
    }
  }

  static @Nullable InterfaceCounters interfaceCounters(NetlinkMessage message) {
    NetworkLink link = message.type() == NetlinkMessage.RTM_NEWLINK ? message.link() : null;
    if (link == null) {
      return null;
    }
    Map<String, Long> counters = new LinkedHashMap<>();
    int at = message.attribute(message.body() + LINK_BODY, message.end(), IFLA_STATS64);
    // A newer kernel has more of them, an older one fewer.
    int count = at < 0 ? 0 : (message.endOf(at) - at - 4) / Long.BYTES;
    for (int i = 0; i < Math.min(count, STATISTICS.length); i++) {
      counters.put(STATISTICS[i], message.datagram().getLong(at + 4 + i * Long.BYTES));
    }
    return new InterfaceCounters(link, counters);
  }

  static @Nullable QdiscDrops qdiscDrops(NetlinkMessage message) {
    int body = message.body();
    if (message.type() != RTM_NEWQDISC || message.end() - body < QDISC_BODY) {
      return null;
    }
    int parent = message.datagram().getInt(body + 12);
    int stats = message.attribute(body + QDISC_BODY, message.end(), TCA_STATS2);
    int queue =
        stats < 0 ? -1 : message.attribute(stats + 4, message.endOf(stats), TCA_STATS_QUEUE);
    // struct gnet_stats_queue: qlen, backlog, drops
    if (parent != TC_H_ROOT && parent != TC_H_INGRESS
        || queue < 0
        || message.endOf(queue) - queue < 4 + 12) {
      return null;
    }
    return new QdiscDrops(
        message.datagram().getInt(body + 4),
        message.text(message.attribute(body + QDISC_BODY, message.end(), TCA_KIND)),
        Integer.toUnsignedLong(message.datagram().getInt(queue + 4 + 8)));
  }
}
