package sh.retina.export.hubble.metrics;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A histogram of times with Prometheus' usual bounds, and its series. Thread-safe. */
final class Histogram implements Family {
  private static final List<String> BOUNDS =
      List.of("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10");
  private static final double[] BOUNDS_SECONDS =
      BOUNDS.stream().mapToDouble(Double::parseDouble).toArray();
  private static final double NANOS_PER_SECOND = 1e9;

  /** Series of one set of labels: the bounds, the last one, sum and count. */
  private static final int SERIES = BOUNDS.size() + 3;

  private final String name;
  private final String help;
  private final List<String> labels;
  private final Room room;
  private final Map<List<String>, Times> series = new ConcurrentHashMap<>();

  private static final class Times {
    private final long[] counts = new long[BOUNDS_SECONDS.length];
    private long all;
    private double sumSeconds;

    synchronized void add(double seconds) {
      for (int i = 0; i < counts.length; i++) {
        if (seconds <= BOUNDS_SECONDS[i]) {
          counts[i]++;
        }
      }
      all++;
      sumSeconds += seconds;
    }
  }

  /**
   * @param room of all families together; what has none there is not counted
   */
  Histogram(String name, String help, List<String> labels, Room room) {
    this.name = name;
    this.help = help;
    this.labels = List.copyOf(labels);
    this.room = room;
  }

  void add(List<String> values, long ns) {
    Times known = series.get(values);
    if (known == null) {
      if (!room.takeFor(SERIES, 1)) {
        return;
      }
      known = series.computeIfAbsent(values, _ -> new Times());
    }
    known.add(ns / NANOS_PER_SECOND);
  }

  @Override
  public int size() {
    return series.size() * SERIES;
  }

  @Override
  public void write(StringBuilder text) {
    if (series.isEmpty()) {
      return;
    }
    Family.writeHead(name, "histogram", help, text);
    series.forEach((values, times) -> write(values, times, text));
  }

  private void write(List<String> values, Times times, StringBuilder text) {
    synchronized (times) {
      for (int i = 0; i < times.counts.length; i++) {
        line("_bucket", values, BOUNDS.get(i), String.valueOf(times.counts[i]), text);
      }
      line("_bucket", values, "+Inf", String.valueOf(times.all), text);
      line("_sum", values, "", number(times.sumSeconds), text);
      line("_count", values, "", String.valueOf(times.all), text);
    }
  }

  private void line(
      String suffix, List<String> values, String bound, String value, StringBuilder text) {
    text.append(name).append(suffix);
    Family.writeLabels(labels, values, bound, text);
    text.append(value).append('\n');
  }

  /** Without an exponent, and without a fraction of zero. */
  private static String number(double value) {
    return new BigDecimal(String.valueOf(value)).stripTrailingZeros().toPlainString();
  }
}
