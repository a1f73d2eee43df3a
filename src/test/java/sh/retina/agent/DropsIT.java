package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** Packets that are dropped for a known reason are counted, each once, with that reason. */
@RequiresKernel
@WholeMachine
class DropsIT {
  private static final int COUNT = 37;

  @TempDir private Path directory;

  @Test
  void shouldCountDatagramsToAPortWithoutSocketAndThoseWithABadSum() {
    try (TestNetwork network = new TestNetwork("drops", "a", "b");
        RunningAgent agent = new RunningAgent(directory, network)) {
      PodTraffic traffic = new PodTraffic(network);
      for (String address : List.of(network.ip4("b"), network.ip6("b"))) {
        traffic.udp("a", address, 6001, COUNT, 100);
        // The sum is looked at before the socket is missed.
        traffic.udpWithBadSum("a", address, 6002, COUNT + 4);
      }

      awaitDrops(agent, 6001, "NO_SOCKET", 2 * COUNT);
      awaitDrops(agent, 6002, "UDP_CSUM", 2 * (COUNT + 4));
    }
  }

  @Test
  void shouldCountWhatAFirewallDrops() {
    try (TestNetwork network = new TestNetwork("nft", "a", "b")) {
      Assumptions.assumeTrue(
          network.tries("b", "nft", "add table inet t"), "this machine has no nftables");
      network.inside("b", "nft", "add chain inet t c { type filter hook input priority 0; }");
      network.inside("b", "nft", "add rule inet t c udp dport 6003 drop");
      try (RunningAgent agent = new RunningAgent(directory, network)) {
        for (String address : List.of(network.ip4("b"), network.ip6("b"))) {
          new PodTraffic(network).udp("a", address, 6003, COUNT, 100);
        }

        awaitDrops(agent, 6003, "NETFILTER_DROP", 2 * COUNT);
      }
    }
  }

  private static FlowSums drops(RunningAgent agent, int port) {
    return FlowSums.of(agent, "verdict=DROPPED", "protocol=udp", "to-port=" + port);
  }

  private static void awaitDrops(RunningAgent agent, int port, String reason, int count) {
    agent.scrapeUntil(
        scrape ->
            RunningAgent.sum(
                        scrape,
                        "retina_pod_packets_dropped_total",
                        "podname=",
                        "reason=\"" + reason + "\"")
                    >= count
                && drops(agent, port).packets() >= count,
        () -> count + " drops at port " + port + ", " + reason);
    FlowSums drops = drops(agent, port);
    assertThat(drops.packets()).isEqualTo(count);
    assertThat(drops.flows())
        .allSatisfy(flow -> {
          assertThat(FlowSums.extension(flow, "drop_reason").asString()).isEqualTo(reason);
          assertThat(FlowSums.extension(flow, "drop_location").asString()).isNotEmpty();
          assertThat(FlowSums.text(flow, "verdict")).isEqualTo("DROPPED");
          assertThat(FlowSums.text(flow, "source", "pod_name")).isEqualTo("a");
          assertThat(FlowSums.text(flow, "destination", "pod_name")).isEqualTo("b");
          assertThat(FlowSums.text(flow, "interface", "name")).isEqualTo("eth0");
        });
  }
}
