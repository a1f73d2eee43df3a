package sh.retina.export.prometheus;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import sh.retina.pipeline.DnsTotals;
import sh.retina.pipeline.LatencyBuckets;

/**
 * The node's DNS. A collector of client_java: Micrometer has no histogram that is filled elsewhere.
 * Thread-safe.
 */
public final class DnsMeters implements MultiCollector {
  private static final double NS_PER_SECOND = 1e9;

  private final DnsTotals totals;

  public DnsMeters(DnsTotals totals) {
    this.totals = totals;
  }

  @Override
  public MetricSnapshots collect() {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    List<CounterDataPointSnapshot> counts = new ArrayList<>();
    totals.readRequests(
        (type, count) -> counts.add(point(MetricName.DNS_REQUEST, count, type.label())));
    addIfAny(MetricName.DNS_REQUEST, counts, snapshots);
    counts.clear();
    totals.readResponses((type, code, count) ->
        counts.add(point(MetricName.DNS_RESPONSE, count, type.label(), code.label())));
    addIfAny(MetricName.DNS_RESPONSE, counts, snapshots);
    List<HistogramDataPointSnapshot> times = new ArrayList<>();
    totals.readLatencies((code, columns) -> times.add(times(columns, code.label())));
    if (!times.isEmpty()) {
      snapshots.add(new HistogramSnapshot(metadata(MetricName.DNS_LATENCY), times));
    }
    return new MetricSnapshots(snapshots);
  }

  private static void addIfAny(
      MetricName metric, List<CounterDataPointSnapshot> counts, List<MetricSnapshot> snapshots) {
    if (!counts.isEmpty()) {
      snapshots.add(new CounterSnapshot(metadata(metric), counts));
    }
  }

  private static CounterDataPointSnapshot point(MetricName metric, long count, String... labels) {
    return new CounterDataPointSnapshot(count, labels(metric, labels), null, 0L);
  }

  private static HistogramDataPointSnapshot times(long[] columns, String code) {
    List<Double> bounds = new ArrayList<>();
    List<Number> counts = new ArrayList<>();
    for (int bucket = 0; bucket < LatencyBuckets.count(); bucket++) {
      bounds.add(LatencyBuckets.upperSeconds(bucket));
      counts.add(columns[bucket]);
    }
    return new HistogramDataPointSnapshot(
        ClassicHistogramBuckets.of(bounds, counts),
        columns[LatencyBuckets.count()] / NS_PER_SECOND,
        labels(MetricName.DNS_LATENCY, code),
        Exemplars.EMPTY,
        0L);
  }

  private static Labels labels(MetricName metric, String... values) {
    return Labels.of(metric.labels().toArray(String[]::new), values);
  }

  private static MetricMetadata metadata(MetricName metric) {
    return new MetricMetadata(metric.family(), metric.help());
  }
}
