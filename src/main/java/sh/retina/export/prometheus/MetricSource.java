package sh.retina.export.prometheus;

import io.micrometer.core.instrument.Meter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/**
 * All metrics as snapshots of client_java, for who sends them elsewhere: the meters, then the
 * pod-level series in parts, so that they are never in memory all at once. A scrape does not come
 * here. Thread-safe.
 */
public final class MetricSource {
  private static final int ROWS_PER_PART = 1_000;

  private final ScrapeRegistry meters;
  private final PodSeries pods;

  public MetricSource(ScrapeRegistry meters, PodSeries pods) {
    this.meters = meters;
    this.pods = pods;
  }

  /** Passes on each metric; one may come in several parts, with different labels. */
  public void read(Consumer<MetricSnapshot> out) {
    meters.own().forEach(out);
    for (SeriesFamily family : SeriesFamily.values()) {
      List<MetricName> metrics = SeriesMeters.metricsOf(family);
      for (int column = 0; column < metrics.size(); column++) {
        if (metrics.get(column).getType() == Meter.Type.TIMER) {
          readTimes(family, metrics.get(column), out);
        } else {
          readCounts(family, metrics.get(column), column, out);
        }
      }
    }
  }

  private void readCounts(
      SeriesFamily family, MetricName metric, int column, Consumer<MetricSnapshot> out) {
    PodSeries.Reading reading = pods.reading(family);
    String[] names = reading.labelNames().toArray(String[]::new);
    List<CounterDataPointSnapshot> part = new ArrayList<>();
    reading.read((values, columns) -> {
      part.add(new CounterDataPointSnapshot(columns[column], Labels.of(names, values), null, 0L));
      if (part.size() == ROWS_PER_PART) {
        out.accept(new CounterSnapshot(LatencySnapshots.metadata(metric), List.copyOf(part)));
        part.clear();
      }
    });
    if (!part.isEmpty()) {
      out.accept(new CounterSnapshot(LatencySnapshots.metadata(metric), part));
    }
  }

  private void readTimes(SeriesFamily family, MetricName metric, Consumer<MetricSnapshot> out) {
    PodSeries.Reading reading = pods.reading(family);
    String[] names = reading.labelNames().toArray(String[]::new);
    List<HistogramDataPointSnapshot> part = new ArrayList<>();
    reading.readTimes((values, times) -> {
      part.add(LatencySnapshots.classicPoint(times, Labels.of(names, values)));
      if (part.size() == ROWS_PER_PART) {
        out.accept(new HistogramSnapshot(LatencySnapshots.metadata(metric), List.copyOf(part)));
        part.clear();
      }
    });
    if (!part.isEmpty()) {
      out.accept(new HistogramSnapshot(LatencySnapshots.metadata(metric), part));
    }
  }
}
