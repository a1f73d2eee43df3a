package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.WholeMachine;

/**
 * A flood against the smallest ring and the smallest table: the books balance to the event, and
 * what metrics count plus what the agent says it lost is what the interfaces counted.
 */
@RequiresKernel
@WholeMachine
class FloodIT {
  private static final int PACKETS = 100_000;
  private static final int PORTS = 20_000;
  private static final int PORT = 7001;
  private static final List<String> PODS = List.of("a", "b");

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"high, 256, 64KB, 20000", "low, 8192, 64KB, 1000", "high, 256, 4MB, 20000"})
  void shouldAccountForEachPacketWithASmallTableAndRing(
      String level, int flows, String ring, int ports) {
    try (TestNetwork network = new TestNetwork("flood", "a", "b").settled();
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.data-aggregation-level=" + level,
                "--retina.packetparser.max-flows=" + flows,
                "--retina.packetparser.ring-size=" + ring)) {
      PodTraffic traffic = new PodTraffic(network);
      Traffic before = Traffic.at(network);

      traffic.udpFromPorts("a", network.ip4("b"), PORT, PACKETS, 100, ports);

      // Asked each time: a neighbour solicitation may come late.
      Supplier<Traffic> passing = () -> Traffic.at(network).minus(before);
      agent.scrapeUntil(
          now -> Traffic.counted(now).plus(Traffic.lost(now)).equals(passing.get()),
          () -> "what the interfaces counted: " + passing.get());
      Traffic passed = passing.get();
      assertThat(passed.packets()).isGreaterThanOrEqualTo(2L * PACKETS);
      Map<String, Double> scrape = agent.scrapeUntil(Books::balance, () -> "books that balance");
      double full = kernelPackets(scrape, "packetparser", "table_full");
      if (flows < ports) {
        assertThat(full).as("packets without an entry").isPositive();
      } else {
        assertThat(full).isZero();
        assertThat(Traffic.lost(scrape)).as("a table keeps what the ring refuses").isEqualTo(NONE);
      }
      if (ring.equals("64KB")) {
        assertThat(Books.lost(scrape, "packetparser", "kernel_ring_full")).isPositive();
      }
      report("packetparser " + level + " flows=" + flows + " ring=" + ring, scrape, passed);
    }
  }

  @ParameterizedTest
  @CsvSource({"high, 256KB", "low, 64KB"})
  void shouldAccountForEachDrop(String level, String ring) {
    try (TestNetwork network = new TestNetwork("dropfl", "a", "b")) {
      Assumptions.assumeTrue(
          network.tries("b", "nft", "add table inet t"), "this machine has no nftables");
      network.inside("b", "nft", "add chain inet t c { type filter hook input priority 0; }");
      network.inside("b", "nft", "add rule inet t c udp dport 7002 drop");
      try (RunningAgent agent =
          new RunningAgent(
              directory,
              network,
              "--retina.data-aggregation-level=" + level,
              "--retina.dropreason.ring-size=" + ring)) {
        PodTraffic traffic = new PodTraffic(network);
        // A closed port, and a firewall: two reasons, and more flows than the table's 8192 entries.
        traffic.udpFromPorts("a", network.ip4("b"), PORT, PACKETS / 2, 100, PORTS);
        traffic.udpFromPorts("a", network.ip4("b"), 7002, PACKETS / 2, 100, PORTS);

        Map<String, Double> scrape =
            agent.scrapeUntil(
                now -> Books.balance(now) && dropsSeen(now) == dropsTold(now),
                () -> "metrics that have each drop");
        assertThat(dropsSeen(scrape)).isGreaterThanOrEqualTo(PACKETS);
        for (String reason : List.of("NO_SOCKET", "NETFILTER_DROP")) {
          double told =
              RunningAgent.sum(scrape, "retina_packets_dropped_total", "\"" + reason + "\"");
          assertThat(told).as(reason).isPositive();
        }
        if (level.equals("high")) {
          assertThat(kernelPackets(scrape, "dropreason", "table_full")).isPositive();
        } else {
          assertThat(Books.lost(scrape, "dropreason", "kernel_ring_full")).isPositive();
        }
        report("dropreason " + level, scrape, NONE);
      }
    }
  }

  /** Drops of the machine, whoever's: those that the programs took up. */
  private static long dropsSeen(Map<String, Double> scrape) {
    return (long)
        (kernelPackets(scrape, "dropreason", "seen")
            - kernelPackets(scrape, "dropreason", "excluded")
            - kernelPackets(scrape, "dropreason", "not_network"));
  }

  private static long dropsTold(Map<String, Double> scrape) {
    return (long)
        (RunningAgent.sum(scrape, "retina_packets_dropped_total")
            + RunningAgent.sum(scrape, "retina_agent_lost_packets_total", "dropreason"));
  }

  private static double kernelPackets(Map<String, Double> scrape, String plugin, String outcome) {
    return RunningAgent.sum(
        scrape, "retina_agent_kernel_packets_total", '"' + plugin + '"', '"' + outcome + '"');
  }

  private static void report(String what, Map<String, Double> scrape, Traffic passed) {
    String plugin = what.split(" ", 2)[0];
    org.slf4j.LoggerFactory.getLogger(FloodIT.class)
        .info(
            "flood {}: interfaces={} counted={} lost={} kernel={} ring={} ring_full={} table_full={}",
            what,
            passed,
            Traffic.counted(scrape),
            Traffic.lost(scrape),
            Books.events(scrape, plugin, "kernel"),
            Books.events(scrape, plugin, "ring"),
            Books.lost(scrape, plugin, "kernel_ring_full"),
            kernelPackets(scrape, plugin, "table_full"));
  }

  private static final Traffic NONE = new Traffic(0, 0);

  /** Packets and bytes through the pods' interfaces, both ways together. */
  private record Traffic(long packets, long bytes) {
    static Traffic at(TestNetwork network) {
      Traffic sum = NONE;
      for (String pod : PODS) {
        TestNetwork.Counters now = network.counters(pod);
        sum =
            sum.plus(
                new Traffic(
                    now.fromPodPackets() + now.toPodPackets(),
                    now.fromPodBytes() + now.toPodBytes()));
      }
      return sum;
    }

    static Traffic counted(Map<String, Double> scrape) {
      return of(scrape, "retina_pod_packets_forwarded_total", "retina_pod_forwarded_bytes_total");
    }

    static Traffic lost(Map<String, Double> scrape) {
      return of(
          scrape,
          "retina_agent_lost_packets_total",
          "retina_agent_lost_bytes_total",
          "plugin=\"packetparser\"");
    }

    private static Traffic of(
        Map<String, Double> scrape, String packets, String bytes, String... labels) {
      return new Traffic(
          (long) RunningAgent.sum(scrape, packets, labels),
          (long) RunningAgent.sum(scrape, bytes, labels));
    }

    Traffic plus(Traffic other) {
      return new Traffic(packets + other.packets, bytes + other.bytes);
    }

    Traffic minus(Traffic other) {
      return new Traffic(packets - other.packets, bytes - other.bytes);
    }
  }
}
