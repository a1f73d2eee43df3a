package sh.retina.export.prometheus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/**
 * What the pod-level series cost, and which label makes how many of them: what {@code GET
 * /metrics/cardinality} shows as JSON.
 *
 * @param maxSeries bound of all metrics together
 * @param series that the bound is used for now
 */
public record CardinalityReport(int maxSeries, int series, List<Family> metrics) {
  private static final int TOP_VALUES = 5;

  /**
   * Metrics that are counted together.
   *
   * @param metric its word in {@code retina.pod-level.metrics}
   * @param names of the metrics
   * @param series now, with those of the overflow
   * @param maxSeries its own bound, or that of all
   * @param overflowed observations that the overflow series took
   */
  public record Family(
      String metric,
      List<String> names,
      int series,
      int maxSeries,
      long overflowed,
      List<Label> labels) {}

  /**
   * One label, the costliest first.
   *
   * @param values different ones
   * @param seriesWithout how many series there would be without it
   * @param top values with the most series
   */
  public record Label(String name, int values, int seriesWithout, List<Value> top) {}

  /** A value of a label, and its series. */
  public record Value(String value, int series) {}

  static CardinalityReport of(PodSeries series) {
    List<Family> families = new ArrayList<>();
    for (SeriesFamily family : SeriesFamily.values()) {
      PodSeries.Reading reading = series.reading(family);
      if (reading.rows() > 0) {
        families.add(family(series, family, reading));
      }
    }
    return new CardinalityReport(
        series.options().maxSeries(), series.budgetUsed(), List.copyOf(families));
  }

  private static Family family(PodSeries series, SeriesFamily family, PodSeries.Reading reading) {
    Rows rows = new Rows(reading.labelNames());
    reading.read((values, _) -> rows.add(values));
    return new Family(
        family.word(),
        SeriesMeters.metricsOf(family).stream().map(MetricName::exposed).toList(),
        rows.count * family.seriesPerRow(),
        series.options().maxSeries(family),
        series.overflowed(family),
        rows.labels(family.seriesPerRow()));
  }

  /**
   * Hashes of the rows, each with one label left out: a hash of a row is the sum of those of its
   * values by place, so that leaving one out is a subtraction. Of 64 bits: in a million rows two
   * that differ have the same one once in 37 million reports.
   */
  private static final class Rows {
    private final List<String> names;
    private final List<Map<String, Integer>> counts = new ArrayList<>();
    private final long[][] without;
    private int count;

    Rows(List<String> names) {
      this.names = names;
      without = new long[names.size()][64];
      names.forEach(_ -> counts.add(new HashMap<>()));
    }

    void add(String[] values) {
      long all = 0;
      for (int i = 0; i < values.length; i++) {
        all += hash(i, values[i]);
        counts.get(i).merge(values[i], 1, Integer::sum);
      }
      for (int i = 0; i < values.length; i++) {
        if (count == without[i].length) {
          without[i] = Arrays.copyOf(without[i], count * 2);
        }
        without[i][count] = all - hash(i, values[i]);
      }
      count++;
    }

    /** FNV-1a, then mixed, as sums of near hashes would meet. */
    private static long hash(int place, String value) {
      long hash = 0xcbf29ce484222325L + place;
      for (int i = 0; i < value.length(); i++) {
        hash = (hash ^ value.charAt(i)) * 0x100000001b3L;
      }
      hash = (hash ^ hash >>> 30) * 0xbf58476d1ce4e5b9L;
      hash = (hash ^ hash >>> 27) * 0x94d049bb133111ebL;
      return hash ^ hash >>> 31;
    }

    List<Label> labels(int seriesPerRow) {
      List<Label> labels = new ArrayList<>();
      for (int i = 0; i < names.size(); i++) {
        long distinct = Arrays.stream(without[i], 0, count).sorted().distinct().count();
        labels.add(
            new Label(
                names.get(i),
                counts.get(i).size(),
                (int) distinct * seriesPerRow,
                top(counts.get(i), seriesPerRow)));
      }
      labels.sort(Comparator.comparingInt(Label::seriesWithout).thenComparing(Label::name));
      return labels;
    }

    private static List<Value> top(Map<String, Integer> counts, int seriesPerRow) {
      return counts.entrySet().stream()
          .sorted(
              Map.Entry.<String, Integer>comparingByValue()
                  .reversed()
                  .thenComparing(Map.Entry.comparingByKey()))
          .limit(TOP_VALUES)
          .map(entry -> new Value(entry.getKey(), entry.getValue() * seriesPerRow))
          .toList();
    }
  }
}
