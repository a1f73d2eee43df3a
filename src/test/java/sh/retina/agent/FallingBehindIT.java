package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import sh.retina.WholeMachine;
import sh.retina.journal.JournalKeeper;
import sh.retina.journal.JournalReader;
import sh.retina.journal.JournalSource;
import sh.retina.journal.Start;
import sh.retina.pipeline.JournalAccess;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.plugin.RecordSink;

/**
 * A part of the path that stands still or is slow: memory stays flat, what is lost is counted to
 * the event, and the node's packets never wait.
 */
@RequiresKernel
@WholeMachine
class FallingBehindIT {
  private static final int PACKETS = 200_000;
  private static final int PORT = 5001;
  private static final long HEAP_BOUND = 16L << 20;
  private static final String PLUGIN = "packetparser";
  private static final String QUEUE_BYTES = "retina_agent_queue_bytes";

  @TempDir private Path directory;

  @Test
  void shouldCountWhatExpiresWhileTheMetricsStandStillAndGoOn() {
    try (TestNetwork network = new TestNetwork("behind", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                StandingMetrics.class,
                directory,
                network,
                "--retina.plugins=packetparser",
                "--retina.data-aggregation-level=low",
                "--retina.journal.max-bytes=16MB",
                "--retina.overhead.cpu-budget=0",
                "--retina.overhead.memory-budget=0")) {
      PodTraffic traffic = new PodTraffic(network);
      long heap = heapBytes();

      long arrived = network.counters("b").toPodPackets();
      traffic.udp("a", network.ip4("b"), PORT, PACKETS, 64);
      assertThat(network.counters("b").toPodPackets() - arrived)
          .as("packets through, beside those of the neighbours' own")
          .isGreaterThanOrEqualTo(PACKETS);

      Map<String, Double> scrape =
          agent.scrapeUntil(
              now ->
                  Books.events(now, PLUGIN, "kernel") >= 2 * PACKETS
                      && Books.events(now, PLUGIN, "kernel")
                          == Books.events(now, PLUGIN, "queue")
                              + Books.lost(now, PLUGIN, "kernel_ring_full"),
              () -> "a journal that has what the ring took");
      assertThat(Books.events(scrape, PLUGIN, "decoded")).isZero();
      assertThat(sum(scrape, QUEUE_BYTES)).isBetween(1.0, (double) (16 << 20));
      assertThat(heapBytes() - heap).as("heap for what is waiting").isLessThan(HEAP_BOUND);
      assertThat(agent.get("/flows?last=10").lines().filter(line -> line.startsWith("data:")))
          .as("streams have a position of their own")
          .hasSize(10);

      agent.bean(CountDownLatch.class).countDown();

      scrape = agent.scrapeUntil(Books::balance, () -> "books that balance");
      assertThat(Books.lost(scrape, PLUGIN, "queue_expired")).isPositive();
      assertThat(Books.events(scrape, PLUGIN, "decoded")).isPositive();
      double counted = forwarded(agent.scrape()); // series are written before the books
      traffic.udp("a", network.ip4("b"), PORT + 1, 100, 64);
      scrape = agent.scrapeUntil(now -> forwarded(now) >= counted + 100, () -> "what comes after");
      assertThat(forwarded(scrape)).isEqualTo(counted + 100);
    }
  }

  @Test
  void shouldKeepCountsInTheKernelWhileTheDiskIsSlow() {
    int ports = 300; // reports of both interfaces: more than the ring holds
    try (TestNetwork network = new TestNetwork("slowdsk", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                SlowDisk.class,
                directory,
                network,
                "--retina.plugins=packetparser",
                "--retina.packetparser.ring-size=64KB")) {
      PodTraffic traffic = new PodTraffic(network);
      AtomicBoolean slow = agent.bean(AtomicBoolean.class);
      long heap = heapBytes();
      long arrived = network.counters("b").toPodPackets();

      for (int i = 0; i < 4; i++) {
        traffic.udpFromPorts("a", network.ip4("b"), PORT, PACKETS / 4, 64, ports);
        LockSupport.parkNanos(500_000_000);
      }

      assertThat(network.counters("b").toPodPackets() - arrived)
          .as("packets through, beside those of the neighbours' own")
          .isGreaterThanOrEqualTo(PACKETS);
      Map<String, Double> scrape = agent.scrape();
      assertThat(Books.lost(scrape, PLUGIN, "kernel_ring_full")).as("put off").isPositive();
      assertThat(heapBytes() - heap).as("heap for what is waiting").isLessThan(HEAP_BOUND);

      slow.set(false);

      agent.scrapeUntil(
          now -> forwarded(now) == PACKETS && Books.balance(now), () -> "each packet, later");
      assertThat(sum(agent.scrape(), "retina_agent_lost_packets_total")).isZero();
    }
  }

  private static double forwarded(Map<String, Double> scrape) {
    return RunningAgent.sum(
        scrape, "retina_pod_packets_forwarded_total", "direction=\"egress\"", "podname=\"a\"");
  }

  private static double sum(Map<String, Double> scrape, String metric) {
    return scrape.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(metric))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static long heapBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** The metrics' reader stands still until a latch opens; others read. */
  @Configuration(proxyBeanMethods = false)
  static class StandingMetrics {
    @Bean
    CountDownLatch metricsMayGo() {
      return new CountDownLatch(1);
    }

    @Bean
    @Primary
    JournalAccess standing(LiveJournal live, CountDownLatch metricsMayGo) {
      JournalKeeper keeper = java.util.Objects.requireNonNull(live.keeper());
      return (start, listener) ->
          keeper.reader(
              start,
              start instanceof Start.Named ? new Standing(listener, metricsMayGo) : listener);
    }
  }

  private record Standing(JournalReader.Listener listener, CountDownLatch mayGo)
      implements JournalReader.Listener {
    @Override
    public void onSource(JournalSource source) {
      try {
        mayGo.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      listener.onSource(source);
    }

    @Override
    public void onContext(byte[] context, boolean isSnapshot) {
      listener.onContext(context, isSnapshot);
    }

    @Override
    public void onLost(String plugin, long records) {
      listener.onLost(plugin, records);
    }
  }

  /**
   * Each write to the journal takes 300 ms, as on a disk that is saturated, until told otherwise.
   */
  @Configuration(proxyBeanMethods = false)
  static class SlowDisk {
    @Bean
    AtomicBoolean isSlow() {
      return new AtomicBoolean(true);
    }

    @Bean
    @Primary
    RecordSink slow(LiveJournal live, PipelineLedger ledger, AtomicBoolean isSlow) {
      return new SlowSink(new JournalSink(live, ledger), isSlow);
    }
  }

  private record SlowSink(RecordSink sink, AtomicBoolean isSlow) implements RecordSink {
    private static final long WRITE_NS = 300_000_000;

    @Override
    public Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes) {
      Writer writer = sink.open(plugin, btf, attributes);
      return (address, byteCount, records) -> {
        if (isSlow.get()) {
          LockSupport.parkNanos(WRITE_NS);
        }
        writer.append(address, byteCount, records);
      };
    }

    @Override
    public void maintain() {
      sink.maintain();
    }
  }
}
