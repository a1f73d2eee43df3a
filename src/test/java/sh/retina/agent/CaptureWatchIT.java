package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;
import tools.jackson.databind.JsonNode;

/** Captures that ask the agent of their node: what starts them, and why packets were dropped. */
@RequiresKernel
@EnabledIf(value = "sh.retina.agent.Tshark#isThere", disabledReason = "tshark is not installed")
@WholeMachine
class CaptureWatchIT {
  private static final int OPEN_PORT = 5_006;
  private static final int DROPPED_PORT = 5_007;
  private static final int COUNT = 20;

  @TempDir private Path directory;

  private CaptureProcess start(TestNetwork network, RunningAgent agent, String... more)
      throws IOException {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--directory=" + Files.createDirectories(directory.resolve("work")),
                "--interfaces=v-a",
                "--pcap-filter=udp",
                "--agent=http://127.0.0.1:" + agent.port(),
                "--network-namespace=" + network.nodeNamespace()));
    options.addAll(List.of(more));
    return CaptureProcess.start(options.toArray(String[]::new));
  }

  private static Path file(JsonNode status) {
    return Path.of(status.get("files").get(0).get("path").asString());
  }

  /** Its packets of before the trigger are in the file, those of the trigger and those after it. */
  @Test
  void shouldBeginWithThePacketsBeforeItsTrigger() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capevt", "a", "b");
        RunningAgent agent = new RunningAgent(directory, network);
        CaptureProcess worker =
            start(
                network,
                agent,
                "--trigger-reason=NO_SOCKET",
                "--trigger-rate=" + COUNT,
                "--flows=to-port=" + DROPPED_PORT,
                "--before=1",
                "--packet-size=96",
                "--progress=100ms",
                "--duration=3s")) {
      PodTraffic traffic = new PodTraffic(network);
      awaitWaiting(worker);
      traffic.udp("a", network.ip4("b"), OPEN_PORT, COUNT, 500);
      LockSupport.parkNanos(500_000_000);
      assertThat(CaptureProcess.names(directory.resolve("work"), "")).as("not yet").isEmpty();
      for (int i = 0;
          i < 100 && CaptureProcess.names(directory.resolve("work"), "").isEmpty();
          i++) {
        traffic.udp("a", network.ip4("b"), DROPPED_PORT, COUNT, 500);
        LockSupport.parkNanos(200_000_000);
      }
      traffic.udp("a", network.ip4("b"), OPEN_PORT + 2, COUNT, 500);

      assertThat(worker.exitCode()).isZero();
      JsonNode status = worker.status();
      assertThat(status.get("ended").asString()).isEqualTo("duration");
      assertThat(status.get("trigger").asString())
          .startsWith("NO_SOCKET, ")
          .contains("test/a -> test/b");
      for (int port : new int[] {OPEN_PORT, OPEN_PORT + 2}) {
        assertThat(Tshark.fields(file(status), "udp.dstport == " + port, "frame.len"))
            .as("port %d", port)
            .hasSize(COUNT)
            .allMatch(packet -> packet.getFirst().equals("542"));
      }
      assertThat(Tshark.fields(file(status), "udp.dstport == " + DROPPED_PORT, "frame.len"))
          .hasSizeGreaterThanOrEqualTo(COUNT);
      assertThat(Tshark.fields(file(status), "frame.cap_len > 96", "frame.len")).isEmpty();
    }
  }

  /** Until its first line of progress it has not opened its source. */
  private static void awaitWaiting(CaptureProcess worker) throws IOException {
    worker.await(status -> isRunning(status) && !status.has("warning"));
  }

  /** Nothing triggers so soon after a capture, and the worker does not say when that is over. */
  private static void awaitPause() {
    LockSupport.parkNanos(1_100_000_000);
  }

  /**
   * As the chart starts it on each node, again and again, with a firewall's drop for its trigger.
   */
  @Test
  void shouldKeepTheSecondsBeforeADropAsTheChartStartsIt()
      throws IOException, InterruptedException {
    Helm helm = Helm.find();
    try (TestNetwork network = new TestNetwork("capchart", "a", "b")) {
      Assumptions.assumeTrue(
          network.tries("b", "nft", "add table inet t"), "this machine has no nftables");
      network.inside("b", "nft", "add chain inet t c { type filter hook input priority 0; }");
      network.inside("b", "nft", "add rule inet t c udp dport " + DROPPED_PORT + " drop");
      try (RunningAgent agent = new RunningAgent(directory, network);
          CaptureProcess worker = ring(helm, network, agent)) {
        PodTraffic traffic = new PodTraffic(network);
        String before = "";
        for (int round = 1; round <= 2; round++) {
          worker.await(
              status -> isRunning(status) && !status.has("trigger") && !status.has("warning"));
          awaitPause();
          traffic.udp("a", network.ip4("b"), OPEN_PORT, COUNT, 500);
          LockSupport.parkNanos(2_000_000_000); // the seconds before
          traffic.udp("a", network.ip4("b"), DROPPED_PORT, 1, 500);
          worker.await(status -> status.get("state").asString().equals("Completed"));
          List<String> names = CaptureProcess.names(directory.resolve("work/ring"), ".pcapng");
          assertThat(names).as("as many as are kept").hasSize(1).doesNotContain(before);
          before = names.getFirst();
          assertSecondsBefore(directory.resolve("work/ring").resolve(before));
        }
        assertThat(worker.terminate().exitCode()).isZero();
      }
    }
  }

  private CaptureProcess ring(Helm helm, TestNetwork network, RunningAgent agent)
      throws IOException {
    DaemonSet set =
        Rendered.of(
                helm,
                "--set",
                "capture.ring.enabled=true,capture.ring.trigger.rate=1,capture.ring.duration=2s",
                "--set",
                "capture.ring.interfaces={v-a},capture.ring.pcapFilter=udp,capture.ring.pause=1s",
                "--set",
                "capture.ring.keepFiles=1,capture.hostPathBase=" + directory.resolve("work"),
                "--set",
                "apiServer.port=" + agent.port())
            .find(DaemonSet.class, "retina-capture-ring")
            .orElseThrow();
    List<String> words =
        new ArrayList<>(set.getSpec().getTemplate().getSpec().getContainers().getFirst().getArgs());
    words.removeFirst(); // the role
    words.addAll(List.of("--network-namespace=" + network.nodeNamespace(), "--progress=100ms"));
    return CaptureProcess.start(words.toArray(String[]::new));
  }

  private static void assertSecondsBefore(Path file) {
    List<List<String>> before =
        Tshark.fields(file, "udp.dstport == " + OPEN_PORT, "frame.time_epoch");
    assertThat(before).hasSize(COUNT);
    List<List<String>> dropped =
        Tshark.fields(file, "udp.dstport == " + DROPPED_PORT, "frame.time_epoch", "frame.comment");
    assertThat(dropped).hasSize(1);
    assertThat(dropped.getFirst().get(1)).contains("dropped by the kernel: NETFILTER_DROP in ");
    assertThat(Double.parseDouble(dropped.getFirst().getFirst()))
        .isGreaterThan(Double.parseDouble(before.getLast().getFirst()) + 1.9);
    assertThat(Tshark.fields(file, "frame.cap_len > 96", "frame.len")).isEmpty();
  }

  private static boolean isRunning(JsonNode status) {
    return status.get("state").asString().equals("Running");
  }

  @Test
  void shouldEndWithoutAFileWhereNothingTriggersIt() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capnoev", "a", "b");
        RunningAgent agent = new RunningAgent(directory, network);
        CaptureProcess worker =
            start(
                network,
                agent,
                "--trigger-reason=NETFILTER_DROP",
                "--flows=to-port=" + DROPPED_PORT,
                "--duration=3s",
                "--progress=100ms")) {
      awaitWaiting(worker);
      new PodTraffic(network).udp("a", network.ip4("b"), DROPPED_PORT, COUNT, 500);
      LockSupport.parkNanos(1_000_000_000);

      assertThat(worker.terminate().exitCode()).isZero();
      JsonNode status = worker.status();
      assertThat(status.get("state").asString()).isEqualTo("Completed");
      assertThat(status.get("ended").asString()).isEqualTo("signal");
      assertThat(status.has("trigger")).isFalse();
      assertThat(status.get("files")).isEmpty();
      assertThat(CaptureProcess.names(directory.resolve("work"), "")).isEmpty();
    }
  }

  @Test
  void shouldSayOfPacketsWhyTheyWereDroppedAndWhoseTheyAre()
      throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capwhy", "a", "b");
        RunningAgent agent = new RunningAgent(directory, network);
        CaptureProcess worker =
            start(network, agent, "--comments", "--duration=60s", "--progress=100ms")) {
      worker.awaitRecording(directory.resolve("work"));
      awaitWaiting(worker);
      PodTraffic traffic = new PodTraffic(network);
      for (int i = 0; i < COUNT; i++) {
        traffic.udp("a", network.ip4("b"), DROPPED_PORT, 1, 500);
      }

      assertThat(worker.terminate().exitCode()).isZero();
      JsonNode status = worker.status();
      assertThat(status.has("warning")).as(status.toString()).isFalse();
      List<List<String>> packets =
          Tshark.fields(file(status), "udp.dstport == " + DROPPED_PORT, "frame.comment");
      assertThat(packets).hasSize(COUNT);
      assertThat(packets)
          .as("each from a port of its own, so each is a connection whose first drop is told")
          .allMatch(packet -> packet.getFirst().contains("dropped by the kernel: NO_SOCKET in "));
      assertThat(packets).anyMatch(packet -> packet.getFirst().contains("test/a -> test/b"));
    }
  }

  @Test
  void shouldWarnWhereThereIsNoAgent() throws IOException, InterruptedException {
    try (TestNetwork network = new TestNetwork("capnoag", "a", "b");
        CaptureProcess worker =
            CaptureProcess.start(
                "--directory=" + directory,
                "--interfaces=v-a",
                "--duration=1s",
                "--comments",
                "--agent=http://127.0.0.1:1",
                "--network-namespace=" + network.nodeNamespace())) {
      assertThat(worker.exitCode()).isZero();
      assertThat(worker.error()).contains("no flows of the agent: http://127.0.0.1:1/flows: ");
      assertThat(worker.status().get("warning").asString())
          .contains("no flows of the agent: http://127.0.0.1:1/flows: ");
    }
  }
}
