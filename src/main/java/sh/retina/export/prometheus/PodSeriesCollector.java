package sh.retina.export.prometheus;

import io.prometheus.metrics.model.registry.MetricType;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sh.retina.pipeline.LatencyBuckets;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/**
 * Shows the pod-level tables to Prometheus. There is no meter per series: a scrape reads the rows
 * (docs/decisions/0005-series-tables.md). Thread-safe.
 */
public final class PodSeriesCollector implements MultiCollector {
  private static final double NS_PER_SECOND = 1e9;
  private static final double[] UPPER_SECONDS = new double[LatencyBuckets.count()];

  static {
    Arrays.setAll(UPPER_SECONDS, LatencyBuckets::upperSeconds);
  }

  private final PodSeries series;

  public PodSeriesCollector(PodSeries series) {
    this.series = series;
  }

  @Override
  public MetricSnapshots collect() {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    if (series.options().enabled()) {
      for (SeriesFamily family : SeriesFamily.values()) {
        snapshots.addAll(
            switch (family) {
              case FORWARDED, DROPPED, TCP_FLAGS -> counters(family);
              case TCP_CONNECT, TCP_RTT -> List.of(histogram(family));
            });
      }
    }
    return new MetricSnapshots(snapshots);
  }

  @Override
  public List<MetricFamilyDescriptor> getMetricFamilyDescriptors() {
    List<MetricFamilyDescriptor> descriptors = new ArrayList<>();
    for (SeriesFamily family : SeriesFamily.values()) {
      for (MetricName metric : SeriesMeters.metricsOf(family)) {
        MetricType type =
            SeriesMeters.isHistogram(family) ? MetricType.HISTOGRAM : MetricType.COUNTER;
        descriptors.add(
            MetricFamilyDescriptor.of(type, metadata(metric), series.labelNames(family)));
      }
    }
    return descriptors;
  }

  private List<MetricSnapshot> counters(SeriesFamily family) {
    List<MetricName> metrics = SeriesMeters.metricsOf(family);
    String[] names = series.labelNames(family).toArray(String[]::new);
    List<List<CounterDataPointSnapshot>> points = new ArrayList<>();
    metrics.forEach(_ -> points.add(new ArrayList<>(series.rows(family))));
    series.read(
        family,
        (values, columns) -> {
          Labels labels = Labels.of(names, values);
          for (int i = 0; i < points.size(); i++) {
            points.get(i).add(new CounterDataPointSnapshot(columns[i], labels, null, 0));
          }
        });
    List<MetricSnapshot> snapshots = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      snapshots.add(new CounterSnapshot(metadata(metrics.get(i)), points.get(i)));
    }
    return snapshots;
  }

  private HistogramSnapshot histogram(SeriesFamily family) {
    String[] names = series.labelNames(family).toArray(String[]::new);
    List<HistogramDataPointSnapshot> points = new ArrayList<>(series.rows(family));
    series.read(
        family,
        (values, columns) ->
            points.add(
                new HistogramDataPointSnapshot(
                    ClassicHistogramBuckets.of(
                        UPPER_SECONDS, Arrays.copyOf(columns, UPPER_SECONDS.length)),
                    columns[UPPER_SECONDS.length] / NS_PER_SECOND,
                    Labels.of(names, values),
                    Exemplars.EMPTY,
                    0)));
    return new HistogramSnapshot(metadata(SeriesMeters.metricsOf(family).getFirst()), points);
  }

  private static MetricMetadata metadata(MetricName metric) {
    return new MetricMetadata(metric.family(), metric.help());
  }

  @Override
  public String toString() {
    return "pod-level series";
  }
}
