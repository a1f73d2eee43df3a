package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** The agent as a process, and a journal that is killed, deleted, damaged or not to be had. */
@RequiresKernel
@WholeMachine
class JournalFaultIT {
  private static final int KILLS = Integer.getInteger("retina.kills", 3);
  private static final long LONGEST_LIFE_NS = 1_000_000_000L;
  private static final String POD =
      "retina_pod_packets_forwarded_total{direction=\"egress\",namespace=\"test\",podname=\"a\"";
  private static final String UP = "retina_agent_journal_up";

  @TempDir private Path directory;
  private Path journal = Path.of("");
  private int port;

  @BeforeEach
  void findPort() throws IOException {
    journal = directory.resolve("journal");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void unmount() {
    mount("umount", "-l");
  }

  /** {@code command} for the journal's directory; whether it worked. */
  private boolean mount(String... command) {
    List<String> words = new ArrayList<>(List.of(command));
    words.add(journal.toString());
    try {
      return new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldCountWithoutHistoryAndKeepItAgainWhenTheDirectoryIsBack() throws IOException {
    Files.createDirectory(journal);
    assertThat(mount("mount", "--bind", journal.toString())).isTrue();
    assertThat(mount("mount", "-o", "remount,ro,bind")).isTrue();
    try (TestNetwork network = new TestNetwork("jrnback", "a", "b");
        AgentProcess agent = start(network)) {
      PodTraffic traffic = new PodTraffic(network);
      assertThat(agent.metric(UP)).isZero();
      assertThat(agent.health()).isEqualTo("DEGRADED");
      assertThat(agent.status("/actuator/health/readiness")).isEqualTo(200);
      traffic.udp("a", network.ip4("b"), 5001, 300, 100);
      agent.await("packets without a journal", () -> agent.metric(POD) == 300);

      assertThat(mount("mount", "-o", "remount,rw,bind")).isTrue();
      agent.await("the journal", () -> agent.metric(UP) == 1);
      assertThat(agent.health()).isEqualTo("UP");
      traffic.udp("a", network.ip4("b"), 5001, 200, 100);
      agent.await("packets with a journal", () -> agent.metric(POD) == 500);

      // A mount point cannot be deleted.
      assertThat(mount("umount", "-l")).isTrue();
      deleteJournal();
      agent.await("the loss of the journal to be seen", () -> agent.metric(UP) == 0);
      traffic.udp("a", network.ip4("b"), 5001, 100, 100);
      agent.await("packets without a journal again", () -> agent.metric(POD) == 600);
      agent.await("the journal anew", () -> agent.metric(UP) == 1);
      assertThat(journal).isNotEmptyDirectory();
      assertThat(agent.terminate().exitCode()).isIn(0, 143);
    }
  }

  @Test
  void shouldGoOnWithGarbageInTheNewestFileAndInTheMetadata() throws IOException {
    try (TestNetwork network = new TestNetwork("jrndamg", "a", "b")) {
      PodTraffic traffic = new PodTraffic(network);
      try (AgentProcess agent = start(network)) {
        traffic.udp("a", network.ip4("b"), 5001, 100, 100);
        agent.await("packets", () -> agent.metric(POD) == 100);
        agent.kill().exitCode();
      }
      overwrite("metadata.cq4t", 0, 4096);
      overwrite(newestFile(), 200_000, 20_000);
      try (AgentProcess agent = start(network)) {
        assertThat(agent.metric(UP)).isEqualTo(1);
        double before = agent.metric(POD);
        traffic.udp("a", network.ip4("b"), 5001, 70, 100);
        agent.await("the packets of the second run", () -> agent.metric(POD) >= before + 70);
        assertThat(journal.resolve("corrupt")).isNotEmptyDirectory();
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
    }
  }

  @Test
  void shouldSurviveKillsAtRandomMomentsUnderLoad() {
    RandomGenerator random = RandomGenerator.getDefault();
    try (TestNetwork network = new TestNetwork("jrnkill", "a", "b")) {
      PodTraffic traffic = new PodTraffic(network);
      for (int kill = 0; kill < KILLS; kill++) {
        try (AgentProcess agent = start(network)) {
          assertThat(Attachments.at(network, "v-a")).as("of this start alone").hasSize(1);
          Thread load =
              Thread.ofPlatform()
                  .start(() -> traffic.udp("a", network.ip4("b"), 5001, 200_000, 100));
          agent.await("load", () -> agent.metric(POD) > 0);
          LockSupport.parkNanos(random.nextLong(LONGEST_LIFE_NS));
          agent.kill().exitCode();
          join(load);
        }
      }
      try (AgentProcess agent = start(network)) {
        assertThat(agent.metric(UP)).isEqualTo(1);
        double counted = agent.metric(POD);
        traffic.udp("a", network.ip4("b"), 5001, 50, 100);
        agent.await("metrics going on", () -> agent.metric(POD) >= counted + 50);
        for (String loss : List.of("decode_error", "queue_expired", "queue_full")) {
          assertThat(
                  agent.metric(
                      "retina_agent_lost_events_total{plugin=\"packetparser\",stage=\"" + loss))
              .isZero();
        }
        assertThat(Attachments.at(network, "v-a")).hasSize(1);
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
      assertThat(Attachments.at(network, "v-a")).isEmpty();
    }
    assertThat(journal.resolve("corrupt")).doesNotExist();
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private AgentProcess start(TestNetwork network) {
    try {
      Path names = Files.writeString(directory.resolve("context.yaml"), network.contextYaml());
      return new AgentProcess(
              List.of(),
              port,
              "--retina.node-name=test-node",
              "--retina.network-namespace=" + network.nodeNamespace(),
              "--retina.context.file=" + names,
              "--retina.journal.directory=" + journal,
              "--retina.pod-level.enabled=true",
              "--retina.report-interval=1s")
          .awaitReady();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String newestFile() throws IOException {
    try (Stream<Path> files = Files.list(journal)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.endsWith(".cq4"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private void overwrite(String name, long at, int bytes) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(journal.resolve(name).toFile(), "rw")) {
      byte[] garbage = new byte[bytes];
      java.util.Arrays.fill(garbage, (byte) 0x5a);
      file.seek(at);
      file.write(garbage);
    }
  }

  private void deleteJournal() throws IOException {
    try (Stream<Path> tree = Files.walk(journal)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
