package sh.retina.export.prometheus;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import sh.retina.pipeline.DnsTotals;

/**
 * The node's DNS. A collector of client_java: Micrometer has no histogram that is filled elsewhere.
 * Thread-safe.
 */
public final class DnsMeters implements MultiCollector {
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
    totals.readLatencies((code, latencies) ->
        times.add(LatencySnapshots.point(latencies, labels(MetricName.DNS_LATENCY, code.label()))));
    if (!times.isEmpty()) {
      snapshots.add(
          new HistogramSnapshot(LatencySnapshots.metadata(MetricName.DNS_LATENCY), times));
    }
    return new MetricSnapshots(snapshots);
  }

  private static void addIfAny(
      MetricName metric, List<CounterDataPointSnapshot> counts, List<MetricSnapshot> snapshots) {
    if (!counts.isEmpty()) {
      snapshots.add(new CounterSnapshot(LatencySnapshots.metadata(metric), counts));
    }
  }

  private static CounterDataPointSnapshot point(MetricName metric, long count, String... labels) {
    return new CounterDataPointSnapshot(count, labels(metric, labels), null, 0L);
  }

  private static Labels labels(MetricName metric, String... values) {
    return Labels.of(metric.labels().toArray(String[]::new), values);
  }
}
