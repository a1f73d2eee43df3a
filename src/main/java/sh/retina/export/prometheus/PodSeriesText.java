package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import sh.retina.pipeline.LatencyBuckets;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/**
 * Shows the pod-level tables to Prometheus: a scrape writes the rows as text, one after the other
 * (docs/decisions/0005-series-tables.md). There is neither a meter nor a snapshot per series: at
 * 20,000 of them those are most of a small heap. Thread-safe.
 */
public final class PodSeriesText {
  private static final double NS_PER_SECOND = 1e9;

  private final PodSeries series;
  private final Naming naming;

  public PodSeriesText(PodSeries series, Naming naming) {
    this.series = series;
    this.naming = naming;
  }

  /**
   * Writes all series and leaves the stream open.
   *
   * @param openMetrics in that format, else in Prometheus's own
   * @param included takes a metric by the name that is shown
   */
  void write(OutputStream out, boolean openMetrics, Predicate<String> included) throws IOException {
    ExpositionText text = new ExpositionText(out);
    for (SeriesFamily family : SeriesFamily.values()) {
      List<MetricName> metrics = SeriesMeters.metricsOf(family);
      for (int column = 0; column < metrics.size(); column++) {
        for (Naming.Shown shown : naming.shown(metrics.get(column))) {
          if (included.test(shown.name())) {
            write(text, family, new Page(shown, openMetrics, column));
          }
        }
      }
    }
    text.flush();
  }

  /** One metric in one format. */
  private record Page(Naming.Shown shown, boolean openMetrics, int column) {}

  private void write(ExpositionText text, SeriesFamily family, Page page) throws IOException {
    PodSeries.Reading reading = series.reading(family);
    if (reading.rows() == 0) {
      return;
    }
    head(text, page);
    Label[] labels = labels(reading.labelNames());
    try {
      reading.read((values, columns) -> {
        try {
          if (SeriesMeters.isHistogram(family)) {
            histogram(text, page.shown.name(), labels, values, columns);
          } else {
            sample(text, page.shown.name(), "", labels, values, "");
            text.count(columns[page.column]).text(".0\n");
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void head(ExpositionText text, Page page) throws IOException {
    Naming.Shown shown = page.shown;
    String help = "# HELP " + shown.family(page.openMetrics) + " " + shown.help() + "\n";
    String type = "# TYPE " + shown.family(page.openMetrics) + " " + shown.type(page.openMetrics);
    text.text(page.openMetrics ? type + "\n" + help : help + type + "\n");
  }

  /** Where a label's value is, and what stands before it. */
  private record Label(int index, String before) {}

  /** Sorted by name, as everywhere else in a scrape. */
  private static Label[] labels(List<String> names) {
    List<Integer> order =
        IntStream.range(0, names.size()).boxed().sorted(Comparator.comparing(names::get)).toList();
    return order.stream()
        .map(i -> new Label(i, (i.equals(order.getFirst()) ? "" : ",") + names.get(i) + "=\""))
        .toArray(Label[]::new);
  }

  private static void sample(
      ExpositionText text, String name, String suffix, Label[] labels, String[] values, String last)
      throws IOException {
    text.text(name).text(suffix);
    if (labels.length > 0 || !last.isEmpty()) {
      text.text("{");
      for (Label label : labels) {
        text.text(label.before).value(values[label.index]).text("\"");
      }
      text.text(labels.length > 0 && !last.isEmpty() ? "," : "").text(last).text("}");
    }
    text.text(" ");
  }

  private static void histogram(
      ExpositionText text, String name, Label[] labels, String[] values, long[] columns)
      throws IOException {
    long sum = 0;
    for (int bucket = 0; bucket < LatencyBuckets.count(); bucket++) {
      sum += columns[bucket];
      sample(text, name, "_bucket", labels, values, LE[bucket]);
      text.count(sum).text("\n");
    }
    sample(text, name, "_count", labels, values, "");
    text.count(sum).text("\n");
    sample(text, name, "_sum", labels, values, "");
    text.text(Double.toString(columns[LatencyBuckets.count()] / NS_PER_SECOND)).text("\n");
  }

  private static final String[] LE =
      IntStream.range(0, LatencyBuckets.count())
          .mapToDouble(LatencyBuckets::upperSeconds)
          .mapToObj(bound -> "le=\"" + (Double.isInfinite(bound) ? "+Inf" : bound) + "\"")
          .toArray(String[]::new);
}
