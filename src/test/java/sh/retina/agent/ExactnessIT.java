package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.WholeMachine;
import sh.retina.plugin.PluginManager;

/**
 * What the agent counts is what the kernel counts: pod metrics, node sums and flows against the
 * counters of the host side of each pod's veth.
 */
@RequiresKernel
@WholeMachine
class ExactnessIT {
  private static final String PACKETS = "retina_pod_packets_forwarded_total";
  private static final String BYTES = "retina_pod_forwarded_bytes_total";

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"high, auto", "low, auto", "high, clsact"})
  void shouldCountWhatTheInterfacesCount(String level, String attach) {
    try (TestNetwork network = new TestNetwork("exact", "a", "b").settled();
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.data-aggregation-level=" + level,
                "--retina.tc-attach=" + attach)) {
      PodTraffic traffic = new PodTraffic(network);
      Measure measure = new Measure(agent, network, List.of("a", "b"));
      for (String address : List.of(network.ip4("b"), network.ip6("b"))) {
        traffic.udp("a", address, 5001, 1000, 100);
        traffic.udp("a", address, 5002, 20, 4000);
        traffic.tcp("a", "b", address, 5003, 3_000_001);
        traffic.ping("a", address, 10);
        traffic.ping("a", address, 3, "-s", "3000");
        traffic.sctpInit("a", address, 5004, 7);
      }
      traffic.ping("b", network.ip4("a"), 5, "-R");

      measure.agreesWithTheInterfaces();
      assertThat(FlowSums.of(agent, "protocol=udp").at("FROM_ENDPOINT").packets())
          .as("UDP: datagrams, and three fragments for each of the larger")
          .isEqualTo(2 * (1000 + 20 * 3));
      assertThat(FlowSums.of(agent, "protocol=sctp").at("TO_ENDPOINT").packets()).isEqualTo(14);
    }
  }

  @Test
  void shouldCountTaggedFramesAndSayTheirVlan() {
    try (TestNetwork network = new TestNetwork("vlan", "a", "b").settled();
        RunningAgent agent = new RunningAgent(directory, network)) {
      String peer = network.ip4("b");
      Assumptions.assumeTrue(
          network.tries(
              "a", "ip", "link", "add", "link", "eth0", "name", "tagged", "type", "vlan", "id",
              "7"),
          "this kernel has no VLAN interfaces (CONFIG_VLAN_8021Q)");
      network.inside("a", "ip", "link", "set", "tagged", "addrgenmode", "none", "up");
      network.inside(
          "a", "ip", "route", "add", peer + "/32", "dev", "tagged", "src", network.ip4("a"));
      network.neighbour("a", "b", "tagged");
      Measure measure = new Measure(agent, network, List.of("a", "b"));

      new PodTraffic(network).udp("a", peer, 5001, 50, 100);

      measure.agreesWithTheInterfaces();
      FlowSums tagged =
          FlowSums.of(agent).where(flow -> FlowSums.extension(flow, "vlan").asInt() == 7);
      assertThat(tagged.at("FROM_ENDPOINT").packets()).isEqualTo(50);
    }
  }

  @Test
  void shouldWatchAPodThatComesLater() {
    try (TestNetwork network = new TestNetwork("later", "a").settled();
        RunningAgent agent = new RunningAgent(directory, network)) {
      PluginManager manager = agent.bean(PluginManager.class);
      assertThat(manager.linkCount("packetparser")).isEqualTo(1);

      network.addPod("b");
      agent.scrapeUntil(_ -> manager.linkCount("packetparser") == 2, () -> "a second interface");
      network.settle("b");
      TestNetwork.Counters before = network.counters("b");
      new PodTraffic(network).udp("b", network.ip4("a"), 5001, 40, 100);

      // Nobody told the agent whose address this is: the pod has flows, and no series by name.
      TestNetwork.Counters wanted = network.counters("b").minus(before);
      agent.scrapeUntil(
          _ -> sentBy(agent, network.ip4("b")).packets() >= wanted.fromPodPackets(),
          () -> "flows of the new pod");
      assertThat(sentBy(agent, network.ip4("b")).bytes()).isEqualTo(wanted.fromPodBytes());
    }
  }

  private static FlowSums sentBy(RunningAgent agent, String address) {
    return FlowSums.of(agent, "from-ip=" + address).at("FROM_ENDPOINT");
  }

  /** Counters of the interfaces at a moment, to compare the agent's with since then. */
  private record Measure(
      RunningAgent agent,
      TestNetwork network,
      List<String> pods,
      Map<String, TestNetwork.Counters> before) {
    Measure(RunningAgent agent, TestNetwork network, List<String> pods) {
      Map<String, TestNetwork.Counters> counters = new java.util.HashMap<>();
      pods.forEach(pod -> counters.put(pod, network.counters(pod)));
      this(agent, network, pods, counters);
    }

    private TestNetwork.Counters passed(String pod) {
      return network.counters(pod).minus(java.util.Objects.requireNonNull(before.get(pod), pod));
    }

    private static TestNetwork.Counters counted(Map<String, Double> scrape, String pod) {
      String name = "podname=\"" + pod + "\"";
      String egress = "direction=\"egress\"";
      String ingress = "direction=\"ingress\"";
      return new TestNetwork.Counters(
          (long) RunningAgent.sum(scrape, PACKETS, name, egress),
          (long) RunningAgent.sum(scrape, BYTES, name, egress),
          (long) RunningAgent.sum(scrape, PACKETS, name, ingress),
          (long) RunningAgent.sum(scrape, BYTES, name, ingress));
    }

    void agreesWithTheInterfaces() {
      Map<String, Double> scrape =
          agent.scrapeUntil(
              now -> pods.stream().allMatch(pod -> counted(now, pod).equals(passed(pod))),
              () -> "the interfaces' counters: " + pods.stream().map(this::passed).toList());
      long packets = 0;
      long bytes = 0;
      FlowSums flows = FlowSums.of(agent);
      for (String pod : pods) {
        TestNetwork.Counters wanted = passed(pod);
        assertThat(wanted.fromPodPackets() + wanted.toPodPackets()).as(pod).isPositive();
        packets += wanted.fromPodPackets();
        bytes += wanted.fromPodBytes();
        FlowSums sent =
            flows
                .at("FROM_ENDPOINT")
                .where(f -> FlowSums.text(f, "source", "pod_name").equals(pod));
        FlowSums got =
            flows
                .at("TO_ENDPOINT")
                .where(f -> FlowSums.text(f, "destination", "pod_name").equals(pod));
        assertThat(
                new TestNetwork.Counters(sent.packets(), sent.bytes(), got.packets(), got.bytes()))
            .as("flows of %s", pod)
            .isEqualTo(wanted);
      }
      assertThat(RunningAgent.sum(scrape, "retina_conntrack_packets_total")).isEqualTo(packets);
      assertThat(RunningAgent.sum(scrape, "retina_conntrack_bytes_total")).isEqualTo(bytes);
      agent.scrapeUntil(Books::balance, () -> "books that balance");
    }
  }
}
