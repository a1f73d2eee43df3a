package sh.retina.export.prometheus;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBucket;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.util.ArrayList;
import java.util.List;
import sh.retina.pipeline.LatencyBuckets;

/** Histograms that are filled elsewhere, as client_java shows them. */
final class LatencySnapshots {
  private static final double NS_PER_SECOND = 1e9;
  private static final double MS_PER_SECOND = 1e3;

  private LatencySnapshots() {}

  /**
   * @param columns counts by bucket of {@link LatencyBuckets}, then the sum in nanoseconds
   */
  static HistogramDataPointSnapshot point(long[] columns, Labels labels) {
    List<Double> bounds = new ArrayList<>();
    List<Number> counts = new ArrayList<>();
    for (int bucket = 0; bucket < LatencyBuckets.count(); bucket++) {
      bounds.add(LatencyBuckets.upperSeconds(bucket));
      counts.add(columns[bucket]);
    }
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(bounds, counts),
        columns[LatencyBuckets.count()] / NS_PER_SECOND,
        labels,
        Exemplars.EMPTY,
        0L);
  }

  static HistogramDataPointSnapshot inMilliseconds(HistogramDataPointSnapshot seconds) {
    List<Double> bounds = new ArrayList<>();
    List<Number> counts = new ArrayList<>();
    for (ClassicHistogramBucket bucket : seconds.getClassicBuckets()) {
      bounds.add(bucket.getUpperBound() * MS_PER_SECOND);
      counts.add(bucket.getCount());
    }
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(bounds, counts),
        seconds.getSum() * MS_PER_SECOND,
        seconds.getLabels(),
        Exemplars.EMPTY,
        0L);
  }

  static MetricMetadata metadata(MetricName metric) {
    return new MetricMetadata(metric.family(), metric.help());
  }
}
