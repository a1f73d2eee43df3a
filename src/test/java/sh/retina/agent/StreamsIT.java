package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;

/**
 * A hundred clients of the flow stream under traffic, two of them bad ones: metrics stay exact,
 * memory bounded, and who misses something is told how much.
 */
@RequiresKernel
@WholeMachine
class StreamsIT {
  private static final int READERS = 98;
  private static final int ALL = READERS + 2;
  private static final int CHUNKS = 13;
  private static final int CHUNK = 10_000;
  private static final int FLOOD_PORT = 5001;
  private static final int WATCHED_PORT = 5002;
  private static final int LOOKS_BEFORE_ANOTHER = 100; // of 100 ms

  private static final long PATIENCE_NS = 120_000_000_000L; // heartbeats come without end

  /** What a hundred streams may cost beside their threads' stacks, KiB. */
  private static final long BOUND_KIB = 64 << 10;

  private static final String SENT =
      "retina_pod_packets_forwarded_total{direction=\"egress\",namespace=\"test\",podname=\"a\"";
  private static final String SUBSCRIBERS = "retina_agent_stream_subscribers{kind=\"sse\"";
  private static final String PLUGIN = "packetparser";

  @TempDir private Path directory;

  @Test
  void shouldServeAHundredClientsOfWhichOneNeverReadsAndOneLeavesInTheMiddle() {
    List<FlowClient> readers = new ArrayList<>();
    try (TestNetwork network = new TestNetwork("streams", "a", "b");
        AgentProcess agent = start(network)) {
      PodTraffic traffic = new PodTraffic(network);
      long countedBefore = network.counters("a").fromPodPackets();
      double[] before = {0};
      try (FlowClient lazy = lazy(agent, before);
          FlowClient rude = new FlowClient(agent.port(), "follow=true", 1 << 16)) {
        assertThat(rude.status()).contains("200");
        for (int i = 0; i < READERS; i++) {
          readers.add(new FlowClient(agent.port(), "follow=true&to-port=" + WATCHED_PORT, 1 << 16));
          assertThat(readers.getLast().status()).contains("200");
        }
        agent.await("all clients", () -> agent.metric(SUBSCRIBERS) == ALL);
        try (FlowClient oneTooMany = new FlowClient(agent.port(), "follow=true", 1 << 16)) {
          assertThat(oneTooMany.status()).contains("503");
        }
        readers.forEach(reader ->
            Thread.ofVirtual()
                .start(() -> {
                  while (reader.read()) {}
                }));

        watched(agent, network, readers, 50);
        long idleKib = agent.processStatus("RssAnon");
        rude.leaveInTheMiddle();
        agent.await("the one that left", () -> agent.metric(SUBSCRIBERS) == ALL - 1);

        // More than the journal keeps, so that the one that does not read is overtaken.
        long mostKib = 0;
        for (int chunk = 0; chunk < CHUNKS; chunk++) {
          traffic.udp("a", network.ip4("b"), FLOOD_PORT, CHUNK, 64);
          // As much as two cores carry: a hundred streams look at each event.
          watched(agent, network, readers, 1);
          mostKib = Math.max(mostKib, agent.processStatus("RssAnon"));
        }

        long packets = network.counters("a").fromPodPackets() - countedBefore;
        assertThat(packets).isGreaterThan(CHUNKS * CHUNK);
        agent.await("the packets", () -> agent.metric(SENT) >= packets);
        agent.await("books that balance", () -> Books.balance(agent.scrape()));
        assertThat(agent.metric(SENT)).isEqualTo(packets);
        assertThat(Books.lost(agent.scrape(), PLUGIN, "queue_expired")).isZero();
        long each = readers.stream().mapToLong(FlowClient::flows).max().orElseThrow();
        agent.await(
            "the same at each client",
            () -> readers.stream().allMatch(reader -> reader.flows() == each));
        assertThat(readers).allMatch(reader -> reader.lost() == 0);
        assertThat(mostKib - idleKib).as("KiB for streams").isLessThan(BOUND_KIB);

        // Now it reads: what it was too late for is told, to the event.
        double events = Books.events(agent.scrape(), PLUGIN, "queue") - before[0];
        long patience = System.nanoTime() + PATIENCE_NS;
        while (lazy.flows() + lazy.lost() < events && System.nanoTime() < patience) {
          assertThat(lazy.read()).as("more to read").isTrue();
        }
        assertThat((double) lazy.flows() + lazy.lost()).isEqualTo(events);
        assertThat(lazy.lost()).isPositive();
        assertThat(Books.lost(agent.scrape(), PLUGIN, "stream_slow")).isEqualTo(lazy.lost());
      } finally {
        readers.forEach(FlowClient::close);
      }
      agent.await("nobody", () -> agent.metric(SUBSCRIBERS) == 0);
      assertThat(agent.terminate().exitCode()).isIn(0, 143);
    }
  }

  /** A client that is there before the next event: pods announce themselves when they please. */
  private static FlowClient lazy(AgentProcess agent, double[] before) {
    for (int attempt = 0; attempt < LOOKS_BEFORE_ANOTHER; attempt++) {
      before[0] = Books.events(agent.scrape(), PLUGIN, "queue");
      FlowClient client = new FlowClient(agent.port(), "follow=true", 4096);
      assertThat(client.status()).contains("200");
      if (Books.events(agent.scrape(), PLUGIN, "queue") == before[0]) {
        return client;
      }
      client.close();
    }
    throw new AssertionError("events come without end though nobody sends");
  }

  /** Sends what the readers watch and waits until each has all of it. */
  private static void watched(
      AgentProcess agent, TestNetwork network, List<FlowClient> readers, int packets) {
    PodTraffic traffic = new PodTraffic(network);
    long before = readers.stream().mapToLong(FlowClient::flows).max().orElseThrow();
    traffic.udp("a", network.ip4("b"), WATCHED_PORT, packets, 64);
    int[] looks = {0};
    // One at the interface of each pod. A machine under load may drop a packet before either.
    try {
      agent.await(
          "each flow at each client",
          () -> {
            if (++looks[0] % LOOKS_BEFORE_ANOTHER == 0) {
              traffic.udp("a", network.ip4("b"), WATCHED_PORT, packets, 64);
            }
            return readers.stream()
                .allMatch(reader -> reader.flows() + reader.lost() >= before + 2L * packets);
          });
    } catch (AssertionError e) {
      List<Long> flows = readers.stream().map(FlowClient::flows).toList();
      throw new AssertionError("more than " + before + " expected, got " + flows, e);
    }
  }

  private AgentProcess start(TestNetwork network) {
    AgentSettings settings = new AgentSettings(directory, network);
    return new AgentProcess(
            List.of(),
            settings.port(),
            settings.with(
                "--retina.network-namespace=" + network.nodeNamespace(),
                "--retina.plugins=packetparser",
                "--retina.data-aggregation-level=low",
                "--retina.journal.max-bytes=16MB",
                "--retina.packetparser.ring-size=16MB",
                "--retina.overhead.cpu-budget=0",
                "--retina.overhead.memory-budget=0",
                "--retina.sse.max-clients=" + ALL))
        .awaitReady();
  }
}
