package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/** The container's memory limit, and the heap's. */
@RequiresKernel
@WholeMachine
class MemoryLimitIT {
  /** For the heap to grow to its bound; the journal gets what is left. */
  private static final long ROOM_BYTES = 96L << 20;

  private static final int KILLED = 128 + 9;
  private static final int HEAP_FULL = 3; // -XX:+ExitOnOutOfMemoryError
  private static final int PORT = 5001;
  private static final String SENT =
      "retina_pod_packets_forwarded_total{direction=\"egress\",namespace=\"test\",podname=\"a\"";
  private static final String LOST = "retina_agent_lost_packets_total{";
  private static final String JOURNAL_UP = "retina_agent_journal_up";

  /** The cache of classes does not fit such a heap. */
  private static final String SMALL_HEAP =
      "set -- \"${@/#-XX:AOTCache=*/-XX:AOTMode=off}\"; exec \"${@/#-Xm[sx]*/-Xmx8m}\"";

  @TempDir private Path directory;

  private static MemoryGroup group(String name, long limitBytes) {
    Optional<MemoryGroup> group = MemoryGroup.make(name, limitBytes);
    Assumptions.assumeTrue(group.isPresent(), "no memory cgroup can be made on this machine");
    return group.orElseThrow();
  }

  private AgentProcess start(TestNetwork network, List<String> before, String... more) {
    AgentSettings settings = new AgentSettings(directory, network);
    List<String> words = new ArrayList<>(List.of(more));
    words.add("--retina.network-namespace=" + network.nodeNamespace());
    words.add("--retina.plugins=packetparser");
    words.add("--retina.overhead.cpu-budget=0");
    words.add("--retina.overhead.memory-budget=0");
    return new AgentProcess(before, settings.port(), settings.with(words.toArray(String[]::new)));
  }

  /** The journal's pages count against the limit, and are what the kernel takes back. */
  @Test
  void shouldWriteAJournalLargerThanItsMemoryLimit() throws IOException {
    Assumptions.assumeFalse(
        Files.getFileStore(directory).type().equals("tmpfs"),
        "the temporary directory is in memory itself: set java.io.tmpdir to one on a disk");
    int packets = 600_000;
    try (MemoryGroup group = group("retina-it-cache", 1L << 30);
        TestNetwork network = new TestNetwork("memcache", "a", "b");
        AgentProcess agent =
            start(
                network,
                group.command(),
                "--retina.data-aggregation-level=low",
                "--retina.packetparser.ring-size=8MB",
                "--retina.journal.max-bytes=512MB")) {
      agent.awaitReady();
      PodTraffic traffic = new PodTraffic(network);
      group.limit((agent.processStatus("RssAnon") << 10) + ROOM_BYTES);

      for (int i = 0; i < 4; i++) {
        traffic.udp("a", network.ip4("b"), PORT, packets / 4, 64);
      }

      // What neither series has got lost in the ring: with its packets, and counted so.
      agent.await("books that balance", () -> Books.balance(agent.scrape()));
      assertThat(agent.metric(SENT)).isPositive();
      double both = agent.metric("retina_pod_packets_forwarded_total{");
      assertThat(both + agent.metric(LOST)).isGreaterThanOrEqualTo(2.0 * packets);
      assertThat(agent.metric(JOURNAL_UP)).isEqualTo(1);
      assertThat(agent.metric("retina_agent_queue_bytes")).isGreaterThan(64 << 20);
      assertThat(group.timesFull()).as("times the limit was reached").isPositive();
      assertThat(group.kills()).isZero();
      assertThat(agent.terminate().exitCode()).isIn(0, 143);
    }
  }

  @Test
  void shouldGoOnWithTheNextStartWhenItIsKilledForMemory() throws Exception {
    try (MemoryGroup group = group("retina-it-kill", 320L << 20);
        TestNetwork network = new TestNetwork("memkill", "a", "b")) {
      PodTraffic traffic = new PodTraffic(network);
      try (AgentProcess agent = start(network, group.command())) {
        agent.awaitReady();
        Files.writeString(Path.of("/proc/" + agent.pid() + "/oom_score_adj"), "1000");
        traffic.udp("a", network.ip4("b"), PORT, 100, 64);
        agent.await("packets", () -> agent.metric(SENT) == 100);

        // Another process of the container takes what there is; the kernel chooses the agent.
        List<String> greedy = new ArrayList<>(group.command());
        greedy.addAll(
            List.of(
                "sh",
                "-c",
                "echo -1000 > /proc/self/oom_score_adj; head -c 280M /dev/zero | tail"));
        Process neighbour =
            new ProcessBuilder(greedy)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        try {
          assertThat(agent.exitCode()).isEqualTo(KILLED);
        } finally {
          neighbour.destroyForcibly().waitFor();
        }
        assertThat(group.kills()).isPositive();
      }

      try (AgentProcess agent = start(network, List.of())) {
        agent.awaitReady();
        traffic.udp("a", network.ip4("b"), PORT, 70, 64);
        agent.await("the packets of the next start", () -> agent.metric(SENT) >= 70);
        // A batch at the edge may be counted again.
        assertThat(agent.metric(SENT)).isLessThanOrEqualTo(170);
        assertThat(agent.metric(JOURNAL_UP)).isEqualTo(1);
        assertThat(agent.metric("retina_agent_lost_events_total{")).isZero();
        assertThat(directory.resolve("journal/corrupt")).doesNotExist();
        assertThat(agent.terminate().exitCode()).isIn(0, 143);
      }
    }
  }

  @Test
  void shouldEndByItselfAndSaySoWhenTheHeapIsFull() {
    try (TestNetwork network = new TestNetwork("memheap", "a", "b");
        AgentProcess agent = start(network, List.of("bash", "-c", SMALL_HEAP, "bash"))) {
      assertThat(agent.exitCode()).isEqualTo(HEAP_FULL);
      assertThat(agent.output()).contains("java.lang.OutOfMemoryError");
    }
  }
}
