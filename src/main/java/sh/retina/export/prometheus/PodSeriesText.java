package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sh.retina.pipeline.Exemplar;
import sh.retina.pipeline.Latencies;
import sh.retina.pipeline.LatencyBuckets;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/**
 * Shows the pod-level tables to Prometheus: a scrape writes the rows as text, one after the other
 * (docs/decisions/0005-series-tables.md). There is neither a meter nor a snapshot per series: at
 * 20,000 of them those are most of a small heap. Thread-safe.
 */
final class PodSeriesText {
  private static final long NS_PER_MS = 1_000_000L;

  private final PodSeries series;
  private final Naming naming;

  PodSeriesText(PodSeries series, Naming naming) {
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
      if (family.isHistogram()) {
        reading.readTimes((values, times) -> histogram(text, page, labels, values, times));
      } else {
        reading.readCounts(
            (values, columns, exemplar) -> count(text, page, labels, values, columns, exemplar));
      }
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

  /** A label, and what stands before its value. */
  private record Label(int index, String before) {}

  private static Label[] labels(List<String> names) {
    SeriesLabel[] sorted = SeriesLabel.sorted(names);
    return Arrays.stream(sorted)
        .map(label ->
            new Label(label.index(), (label.equals(sorted[0]) ? "" : ",") + label.name() + "=\""))
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

  private static void count(
      ExpositionText text,
      Page page,
      Label[] labels,
      String[] values,
      long[] columns,
      @Nullable Exemplar exemplar) {
    try {
      sample(text, page.shown.name(), "", labels, values, "");
      text.count(columns[page.column]).text(".0");
      if (page.column == 0 && page.shown.type().equals("counter")) {
        exemplar(text, page, exemplar, 1);
      }
      text.text("\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void histogram(
      ExpositionText text, Page page, Label[] labels, String[] values, Latencies times) {
    String name = page.shown.name();
    Exemplar exemplar = times.exemplar();
    int at = exemplar == null ? -1 : LatencyBuckets.of(exemplar.value());
    try {
      long sum = 0;
      for (int bucket = 0; bucket < LatencyBuckets.count(); bucket++) {
        sum += times.classic(bucket);
        sample(text, name, "_bucket", labels, values, LE[bucket]);
        text.count(sum);
        exemplar(text, page, bucket == at ? exemplar : null, LatencySnapshots.NS_PER_SECOND);
        text.text("\n");
      }
      sample(text, name, "_count", labels, values, "");
      text.count(sum).text("\n");
      sample(text, name, "_sum", labels, values, "");
      text.text(Double.toString(times.sumNs() / LatencySnapshots.NS_PER_SECOND)).text("\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** In OpenMetrics only, which has a place for it: after the value. */
  private static void exemplar(
      ExpositionText text, Page page, @Nullable Exemplar exemplar, double divisor)
      throws IOException {
    if (exemplar == null || !page.openMetrics) {
      return;
    }
    text.text(" # {" + LatencySnapshots.LOCAL + "=\"" + exemplar.local() + "\",")
        .text(LatencySnapshots.PEER + "=\"" + exemplar.peer() + "\"} ")
        .text(exemplar.value() / divisor + " ")
        .text(BigDecimal.valueOf(exemplar.timeNs() / NS_PER_MS, 3).toPlainString());
  }

  private static final String[] LE =
      IntStream.range(0, LatencyBuckets.count())
          .mapToDouble(LatencyBuckets::upperSeconds)
          .mapToObj(bound -> "le=\"" + (Double.isInfinite(bound) ? "+Inf" : bound) + "\"")
          .toArray(String[]::new);
}
