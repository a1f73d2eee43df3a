package sh.retina.export.prometheus;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import sh.retina.pipeline.ApiServerTotals;
import sh.retina.pipeline.Latencies;

/**
 * How the API server answers this node. A collector of client_java: Micrometer has no histogram
 * that is filled elsewhere. Thread-safe.
 */
public final class ApiServerMeters implements MultiCollector {
  private final ApiServerTotals totals;

  public ApiServerMeters(ApiServerTotals totals) {
    this.totals = totals;
  }

  @Override
  public MetricSnapshots collect() {
    return new MetricSnapshots(
        histogram(MetricName.APISERVER_LATENCY, totals.latency()),
        histogram(MetricName.APISERVER_HANDSHAKE_LATENCY, totals.handshake()),
        new CounterSnapshot(
            LatencySnapshots.metadata(MetricName.APISERVER_NO_RESPONSE),
            List.of(new CounterDataPointSnapshot(totals.unanswered(), Labels.EMPTY, null, 0L))));
  }

  private static HistogramSnapshot histogram(MetricName metric, Latencies times) {
    return new HistogramSnapshot(
        LatencySnapshots.metadata(metric), List.of(LatencySnapshots.point(times, Labels.EMPTY)));
  }
}
