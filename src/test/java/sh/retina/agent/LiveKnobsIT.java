package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.packetparser.PacketparserPlugin;

/** Detail that changes while the programs run. */
@RequiresKernel
@WholeMachine
class LiveKnobsIT {
  private static final int PACKETS = 500;
  private static final int NO_ONE_IN = 1_000_000;

  @TempDir private Path directory;

  @Test
  void shouldChangeDetailWithoutAReloadAndKeepWhatIsFollowedExact() {
    try (TestNetwork network = new TestNetwork("knobs", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.data-aggregation-level=low",
                "--retina.overhead.cpu-budget=0",
                "--retina.overhead.memory-budget=0")) {
      PluginManager manager = agent.bean(PluginManager.class);
      PodTraffic traffic = new PodTraffic(network);

      traffic.tcp("a", "b", network.ip4("b"), 5003, 1_000);
      tune(manager, true, 1);
      traffic.udp("a", network.ip4("b"), 5001, PACKETS, 64);
      assertThat(flows(agent, 5001)).as("low: one a packet").isEqualTo(PACKETS);

      tune(manager, false, 1);
      traffic.udp("a", network.ip4("b"), 5002, PACKETS, 64);
      await(agent, 5002);
      assertThat(flows(agent, 5002)).as("high").isLessThan(20);

      tune(manager, false, NO_ONE_IN);
      traffic.udp("a", network.ip4("b"), 5004, PACKETS, 64);
      assertThat(FlowSums.of(agent, "to-port=5004").at("FROM_ENDPOINT").packets())
          .as("a new connection that sampling leaves out")
          .isZero();
      agent.scrapeUntil(Books::balance, () -> "books that balance");
    }
  }

  private static void tune(PluginManager manager, boolean eachPacket, int samplingRate) {
    assertThat(
            manager.tune(
                PacketparserPlugin.NAME,
                PacketparserPlugin.knobs(eachPacket, Duration.ofSeconds(1), samplingRate)))
        .isTrue();
  }

  private static void await(RunningAgent agent, int port) {
    agent.scrapeUntil(
        _ -> FlowSums.of(agent, "to-port=" + port).at("FROM_ENDPOINT").packets() == PACKETS,
        () -> "flows of port " + port);
  }

  private static int flows(RunningAgent agent, int port) {
    await(agent, port);
    return FlowSums.of(agent, "to-port=" + port).at("FROM_ENDPOINT").flows().size();
  }
}
