package sh.retina.export.prometheus;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBucket;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sh.retina.pipeline.Exemplar;
import sh.retina.pipeline.Latencies;
import sh.retina.pipeline.LatencyBuckets;

/** Histograms that are filled elsewhere, as client_java shows them. */
final class LatencySnapshots {
  /** Labels of an exemplar. */
  static final String LOCAL = "local";

  static final String PEER = "peer";

  static final double NS_PER_SECOND = 1e9;
  static final long NS_OF_A_SECOND = 1_000_000_000L;
  private static final long NS_PER_MS = 1_000_000L;
  private static final double MS_PER_SECOND = 1e3;

  private LatencySnapshots() {}

  /** Both kinds of buckets, and the exemplar. */
  static HistogramDataPointSnapshot point(Latencies times, Labels labels) {
    return new HistogramDataPointSnapshot(
        buckets(times),
        LatencyBuckets.NATIVE_SCHEMA,
        times.nativeBucket(0),
        LatencyBuckets.ZERO_SECONDS,
        natives(times),
        NativeHistogramBuckets.EMPTY,
        times.sumNs() / NS_PER_SECOND,
        labels,
        exemplars(times.exemplar()),
        0L);
  }

  /** Classic buckets only. */
  static HistogramDataPointSnapshot classicPoint(Latencies times, Labels labels) {
    return new HistogramDataPointSnapshot(
        buckets(times), times.sumNs() / NS_PER_SECOND, labels, Exemplars.EMPTY, 0L);
  }

  private static ClassicHistogramBuckets buckets(Latencies times) {
    List<Double> bounds = new ArrayList<>();
    List<Number> counts = new ArrayList<>();
    for (int bucket = 0; bucket < LatencyBuckets.count(); bucket++) {
      bounds.add(LatencyBuckets.upperSeconds(bucket));
      counts.add(times.classic(bucket));
    }
    return ClassicHistogramBuckets.of(bounds, counts);
  }

  private static NativeHistogramBuckets natives(Latencies times) {
    int[] filled =
        IntStream.range(1, LatencyBuckets.nativeCount())
            .filter(bucket -> times.nativeBucket(bucket) != 0)
            .toArray();
    return NativeHistogramBuckets.of(
        IntStream.of(filled).map(LatencyBuckets::nativeIndex).toArray(),
        IntStream.of(filled).mapToLong(times::nativeBucket).toArray());
  }

  private static Exemplars exemplars(@Nullable Exemplar exemplar) {
    return exemplar == null
        ? Exemplars.EMPTY
        : Exemplars.of(
            new io.prometheus.metrics.model.snapshots.Exemplar(
                exemplar.value() / NS_PER_SECOND,
                Labels.of(LOCAL, exemplar.local(), PEER, exemplar.peer()),
                exemplar.timeNs() / NS_PER_MS));
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
