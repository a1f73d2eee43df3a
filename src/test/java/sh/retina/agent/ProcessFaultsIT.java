package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** What the machine does to the process: stops it for a while, takes its descriptors. */
@RequiresKernel
@WholeMachine
class ProcessFaultsIT {
  private static final String SENT = "retina_pod_packets_forwarded_total{direction=\"egress\"";
  private static final String DEGRADED =
      "retina_agent_plugin_status{plugin=\"packetparser\",status=\"degraded\"";
  private static final String REFUSALS =
      "retina_agent_plugin_reconcile_failures_total{plugin=\"packetparser\"";
  private static final String LOST =
      "retina_agent_lost_events_total{plugin=\"packetparser\",stage=\"kernel_ring_full\"";

  @TempDir private Path directory;

  private AgentProcess start(TestNetwork network, List<String> before, String... more) {
    AgentSettings settings = new AgentSettings(directory, network);
    String[] words =
        Stream.concat(
                Stream.of("--retina.network-namespace=" + network.nodeNamespace()), Stream.of(more))
            .toArray(String[]::new);
    return new AgentProcess(before, settings.port(), settings.with(words)).awaitReady();
  }

  private static void run(String... command) throws IOException {
    try {
      assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldBalanceItsBooksAfterASuspensionUnderTraffic() throws IOException {
    int packets = 40_000;
    try (TestNetwork network = new TestNetwork("stop", "a", "b");
        AgentProcess agent =
            start(
                network,
                List.of(),
                "--retina.data-aggregation-level=low",
                "--retina.packetparser.ring-size=1MB")) {
      String pid = Long.toString(agent.pid());
      long endNs = System.nanoTime() + 10_000_000_000L;
      run("kill", "-STOP", pid);
      try {
        new PodTraffic(network).udp("a", network.ip4("b"), 5001, packets, 100);
        while (System.nanoTime() < endNs) {
          LockSupport.parkNanos(endNs - System.nanoTime());
        }
      } finally {
        run("kill", "-CONT", pid);
      }

      // The first question after it: a restart would be no remedy.
      assertThat(agent.status("/actuator/health/liveness")).isEqualTo(200);
      agent.await("balanced books", () -> Books.balance(agent.scrape()));
      assertThat(agent.metric(LOST)).isPositive();
      double before = agent.metric(SENT);
      // A new address is announced by some packets more.
      assertThat(before).isBetween(1.0, packets + 50.0);

      new PodTraffic(network).udp("a", network.ip4("b"), 5001, 100, 100);
      agent.await("the packets after it", () -> agent.metric(SENT) >= before + 100);
    }
  }

  @Test
  void shouldSurviveWithoutFileDescriptorsAndRecover() throws IOException {
    try (TestNetwork network = new TestNetwork("fds", "a", "b");
        AgentProcess agent = start(network, List.of())) {
      PodTraffic traffic = new PodTraffic(network);
      String pid = Long.toString(agent.pid());
      agent.metric(SENT); // what a scrape needs is loaded
      // Of the lowest numbers none is free: no new descriptor of any kind.
      run("prlimit", "--pid", pid, "--nofile=8:4096");

      network.addPod("c");
      traffic.udp("a", network.ip4("b"), 5001, 100, 100);
      // Nothing can be accepted now, so nothing can be asked; nothing ends because of it.
      try (var waiting = new java.net.Socket("127.0.0.1", agent.port())) {
        LockSupport.parkNanos(5_000_000_000L);
        assertThat(waiting.isConnected()).isTrue();
      }

      run("prlimit", "--pid", pid, "--nofile=4096:4096");

      agent.await("the packets meanwhile", () -> agent.metric(SENT) >= 100);
      agent.await("recovery", () -> agent.metric(DEGRADED) == 0);
      assertThat(agent.metric(REFUSALS)).isPositive();
      traffic.udp("c", network.ip4("b"), 5002, 100, 100);
      agent.await(
          "flows at the interface that was refused",
          () -> agent.get("/flows?last=200&to-port=5002").contains("\"v-c\""));
      assertThat(agent.terminate().exitCode()).isIn(0, 143);
    }
  }
}
