package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** A plugin that the agent has never heard of runs, is configured, and its flows come out. */
@RequiresKernel
@WholeMachine
class SamplePluginIT {
  @TempDir private Path directory;

  @Test
  void shouldRunAPluginThatIsOnlyOnTheClassPath() {
    try (TestNetwork network = new TestNetwork("sample", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory, network, "--retina.plugins=sample", "--retina.sample.port=5009")) {
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), 5008, 30, 100);
      traffic.udp("a", network.ip4("b"), 5009, 40, 100);

      agent.scrapeUntil(
          s ->
              RunningAgent.sum(s, "retina_pod_packets_forwarded_total", "podname=\"a\"", "egress")
                  >= 40,
          () -> "the sample's packets");
      assertThat(FlowSums.of(agent, "to-port=5009").at("FROM_ENDPOINT").packets()).isEqualTo(40);
      assertThat(FlowSums.of(agent, "to-port=5008").flows()).isEmpty();
      agent.scrapeUntil(Books::balance, () -> "books that balance");
    }
  }
}
