package sh.retina.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.event.SafeText;

/** Pods by what they carry and lose, a rate each: from what the agents' metrics say. */
@Command(
    name = "top",
    description = "Shows pods by bytes, drops, retransmissions, DNS errors.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Agents need retina.pod-level.enabled. On a terminal it refreshes in place until Ctrl-C; to a",
      "pipe, or with -o json or yaml, it prints one table.",
      "Examples:",
      "  kubectl retina top --sort drops",
      "  retina top --agent http://127.0.0.1:10093 --interval 5s -o json"
    })
final class TopCommand implements Callable<Integer> {
  private static final int SCREEN = 20;

  @Mixin private AgentOptions agents = new AgentOptions();

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      description = "bytes, packets, drops, retransmissions or dns. Default: bytes.")
  private Column sort = Column.BYTES;

  @Option(names = "--interval", paramLabel = "SECONDS", description = "Default: 2.")
  private int intervalSeconds = 2;

  @Option(names = "--rows", paramLabel = "N", description = "At most so many. Default: 20.")
  private int rows = SCREEN;

  @Mixin private Output output = new Output();

  /** By what pods are sorted. */
  enum Column {
    BYTES("retina_pod_forwarded_bytes_total"),
    PACKETS("retina_pod_packets_forwarded_total"),
    DROPS("retina_pod_packets_dropped_total"),
    RETRANSMISSIONS("retina_pod_tcp_retransmissions_total"),
    DNS("retina_pod_dns_response_total");

    private final String metric;

    Column(String metric) {
      this.metric = metric;
    }
  }

  /**
   * A pod, with what each second brought.
   *
   * @param dns answers that were no answer: a return code but NOERROR
   */
  record Row(
      String pod, double bytes, double packets, double drops, double retransmissions, double dns) {
    private double of(Column column) {
      return switch (column) {
        case BYTES -> bytes;
        case PACKETS -> packets;
        case DROPS -> drops;
        case RETRANSMISSIONS -> retransmissions;
        case DNS -> dns;
      };
    }
  }

  @Override
  public Integer call() {
    if (intervalSeconds < 1 || rows < 1) {
      throw CliException.usage("--interval and --rows must be at least 1");
    }
    boolean isLive = output.isTable() && Terminal.isThere();
    Duration interval = Duration.ofSeconds(intervalSeconds);
    try (Agents open = agents.open()) {
      Map<Column, Map<String, Double>> before = read(open);
      do {
        LockSupport.parkNanos(interval.toNanos());
        Map<Column, Map<String, Double>> now = read(open);
        List<Row> top = rows(before, now, interval, sort).stream().limit(rows).toList();
        show(top, isLive);
        before = now;
      } while (isLive && !Thread.currentThread().isInterrupted());
    }
    return 0;
  }

  private void show(List<Row> top, boolean isLive) {
    if (top.isEmpty() && output.isTable()) {
      Console.tell(
          "no pod has series: is retina.pod-level.enabled true, and packetparser among the plugins?");
    } else if (isLive) {
      Console.refresh(table(top), output.isWide());
    } else {
      output.print(top, _ -> table(top));
    }
  }

  private static Map<Column, Map<String, Double>> read(Agents open) {
    Map<Column, Map<String, Double>> all = new TreeMap<>();
    for (Agents.Agent agent : open.all()) {
      Scraped scrape = new Scraped(open.get(agent, "/metrics"));
      for (Column column : Column.values()) {
        Map<String, Double> sums = all.computeIfAbsent(column, _ -> new TreeMap<>());
        scrape.forEach(
            column.metric,
            (labels, value) -> {
              String pod = labels.getOrDefault("podname", "");
              boolean counts = column != Column.DNS || !"NOERROR".equals(labels.get("return_code"));
              if (!pod.isEmpty() && counts) {
                sums.merge(labels.getOrDefault("namespace", "") + "/" + pod, value, Double::sum);
              }
            });
      }
    }
    return all;
  }

  /** What came between two readings, sorted. A counter that went back began anew. */
  static List<Row> rows(
      Map<Column, Map<String, Double>> before,
      Map<Column, Map<String, Double>> now,
      Duration interval,
      Column sort) {
    List<String> pods =
        now.values().stream().flatMap(sums -> sums.keySet().stream()).distinct().sorted().toList();
    List<Row> all = new ArrayList<>();
    for (String pod : pods) {
      double[] rates = new double[Column.values().length];
      for (Column column : Column.values()) {
        double last = before.getOrDefault(column, Map.of()).getOrDefault(pod, 0.0);
        double next = now.getOrDefault(column, Map.of()).getOrDefault(pod, 0.0);
        rates[column.ordinal()] = (next >= last ? next - last : next) / interval.toSeconds();
      }
      all.add(new Row(pod, rates[0], rates[1], rates[2], rates[3], rates[4]));
    }
    all.sort(Comparator.comparingDouble((Row row) -> -row.of(sort)).thenComparing(Row::pod));
    return all;
  }

  private static Table table(List<Row> top) {
    Table table = new Table("POD", "BYTES/s", "PACKETS/s", "DROPS/s", "RETRANS/s", "DNS-ERR/s");
    for (Row row : top) {
      table.add(
          row.drops() + row.retransmissions() + row.dns() > 0 ? Colour.YELLOW : Colour.NONE,
          SafeText.TEXT.of(row.pod()),
          size(row.bytes()),
          number(row.packets()),
          number(row.drops()),
          number(row.retransmissions()),
          number(row.dns()));
    }
    return table;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
  }

  private static String size(double bytes) {
    double value = bytes;
    String unit = "";
    for (String next : new String[] {"Ki", "Mi", "Gi"}) {
      if (value < 1024) {
        break;
      }
      value /= 1024;
      unit = next;
    }
    return number(value) + unit;
  }
}
