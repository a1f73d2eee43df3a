package sh.retina.plugin.linuxutil;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.NetworkCounters;
import sh.retina.bpf.NetworkLink;
import sh.retina.plugin.StatText;

/** A tree like /proc and a kernel that answers, to the exact text of a scrape. */
class LinuxutilPluginTest {
  private static final String[] NOTHING = {};

  @TempDir private Path empty;

  /** Answers as it was made; {@code refusing} refuses everything. */
  private record Fixed(List<NetworkCounters.InterfaceCounters> interfaces, boolean refusing)
      implements NodeNetwork {
    @Override
    public NetworkCounters.TcpSockets tcpSockets() {
      refuse("dump by netlink");
      long[] byState = new long[NetworkCounters.TCP_STATES];
      for (int state = 1; state <= 12; state++) {
        byState[state] = state * 10L;
      }
      return new NetworkCounters.TcpSockets(byState, 42);
    }

    @Override
    public List<NetworkCounters.InterfaceCounters> interfaces() {
      refuse("dump by netlink");
      return interfaces;
    }

    @Override
    public Set<Integer> defaultRoutes() {
      return Set.of(9);
    }

    @Override
    public List<NetworkCounters.QdiscDrops> qdiscs() {
      return List.of(
          new NetworkCounters.QdiscDrops(1, "noqueue", 1),
          new NetworkCounters.QdiscDrops(2, "mq", 7),
          new NetworkCounters.QdiscDrops(2, "clsact", 2),
          new NetworkCounters.QdiscDrops(77, "fq_codel", 5));
    }

    @Override
    public Map<String, Map<String, Long>> drivers(List<String> names) {
      Map<String, Map<String, Long>> all = new LinkedHashMap<>();
      for (String name : names) {
        Map<String, Long> its = new LinkedHashMap<>();
        its.put("rx_dropped", 99L);
        its.put("rx_queue_0_packets", 98L);
        its.put("rx_discards_phy", -1L);
        its.put("tx_queue_0_drops\n", 5L);
        all.put(name, its);
      }
      return all;
    }

    private void refuse(String what) {
      if (refusing) {
        throw new BpfException(what, 2, "");
      }
    }
  }

  private static NetworkCounters.InterfaceCounters link(int index, String name, OptionalInt peer) {
    Map<String, Long> counters = new LinkedHashMap<>();
    counters.put("rx_packets", 100L + index);
    counters.put("rx_dropped", (long) index);
    return new NetworkCounters.InterfaceCounters(
        new NetworkLink(index, name, peer.isPresent() ? "veth" : "", 0, 0, true, peer), counters);
  }

  private static Fixed network(boolean refusing) {
    return new Fixed(
        List.of(
            link(1, "lo", OptionalInt.empty()),
            link(2, "eth0", OptionalInt.empty()),
            link(7, "veth7", OptionalInt.of(0)),
            link(9, "uplink", OptionalInt.of(1))),
        refusing);
  }

  private static LinuxutilProperties settings(String... pairs) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      values.put("l." + pairs[i], pairs[i + 1]);
    }
    return new Binder(new MapConfigurationPropertySource(values))
        .bindOrCreate("l", LinuxutilProperties.class);
  }

  private static StatText read(Path proc, boolean refusing, String... settings) throws IOException {
    return StatText.of(new LinuxutilPlugin(settings(settings), proc, network(refusing)));
  }

  @Test
  void shouldShowExactlyWhatTheFilesAndTheKernelSay() throws IOException {
    StatText read = read(StatText.fixture("linuxutil/whole"), false, NOTHING);

    assertThat(read.scrape()).isEqualTo(read.golden("linuxutil/whole.txt"));
    assertThat(read.missing()).isEmpty();
  }

  @Test
  void shouldShowWhatIsSoundOfFilesThatAreNot() throws IOException {
    StatText read = read(StatText.fixture("linuxutil/hostile"), true, NOTHING);

    assertThat(read.scrape()).isEqualTo(read.golden("linuxutil/hostile.txt"));
    assertThat(read.missing())
        .contains(
            "nf_conntrack_count holds no number",
            "nf_conntrack_max holds no number",
            "TCP sockets: dump by netlink: ENOENT",
            "interfaces: dump by netlink: ENOENT");
  }

  @Test
  void shouldShowAllNamesWhenAsked() throws IOException {
    StatText read =
        read(
            StatText.fixture("linuxutil/whole"),
            false,
            "tcp-statistics",
            "*",
            "ethtool-statistics",
            "*",
            "udp-statistics",
            "NoPorts");

    assertThat(read.scrape())
        .contains(
            "retina_tcp_connection_stats_total{statistic_name=\"NewInTenYears\"} 5.0",
            "{interface_name=\"eth0\",statistic_name=\"rx_queue_0_packets\"} 98.0",
            "retina_udp_stats_total{statistic_name=\"NoPorts\"} 11.0")
        .doesNotContain("RtoMin", "MaxConn", "CurrEstab", "Udp6NoPorts", "RcvbufErrors");
  }

  @Test
  void shouldBoundTheInterfacesAndKeepThoseOfTheDefaultRoutes() throws IOException {
    StatText read =
        read(
            StatText.fixture("linuxutil/whole"),
            false,
            "max-interfaces",
            "1",
            "pod-interfaces",
            "true");

    assertThat(read.scrape())
        .contains("interface_name=\"uplink\"")
        .doesNotContain("interface_name=\"eth0\"", "veth7");
    assertThat(read.missing()).contains("2 interfaces more than retina.linuxutil.max-interfaces");
  }

  @Test
  void shouldTakeNoIpv6AndNoConntrackForNormal() throws IOException {
    Path net = Files.createDirectories(empty.resolve("thread-self/net"));
    for (String file : List.of("netstat", "snmp")) {
      Files.copy(
          StatText.fixture("linuxutil/whole/thread-self/net").resolve(file), net.resolve(file));
    }

    StatText read = read(empty, false, NOTHING);

    assertThat(read.missing()).isEmpty();
    assertThat(read.scrape())
        .contains("retina_tcp_connection_stats_total")
        .doesNotContain("conntrack", "Ip6", "softnet");
  }

  @Test
  void shouldSayWhichFileIsMissing() throws IOException {
    Files.createDirectories(empty.resolve("thread-self/net/snmp"));

    assertThat(read(empty, false, NOTHING).missing())
        .contains("thread-self/net/netstat is not there", "thread-self/net/snmp: ");
    assertThatThrownBy(() -> read(empty.resolve("none"), false, NOTHING))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is procfs mounted?");
  }
}
