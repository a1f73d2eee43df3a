package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import sh.retina.pipeline.PodSeries;
import sh.retina.pipeline.SeriesFamily;

/** How many pod-level series there are, and what the budget turned away. */
public final class SeriesMeters implements MeterBinder {
  private static final String ALL = "all";

  private final PodSeries series;

  public SeriesMeters(PodSeries series) {
    this.series = series;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    meters.gauge(
        MetricName.METRICS_BUDGET_USED,
        () -> ratio(series.budgetUsed(), series.options().maxSeries()),
        ALL);
    for (SeriesFamily family : SeriesFamily.values()) {
      List<MetricName> metrics = metricsOf(family);
      int seriesPerRow = family.seriesPerRow() / metrics.size();
      for (MetricName metric : metrics) {
        meters.gauge(
            MetricName.AGENT_SERIES,
            () -> series.rows(family) * (double) seriesPerRow,
            metric.exposed());
        meters.counter(
            MetricName.METRICS_OVERFLOW, () -> series.overflowed(family), metric.exposed());
        meters.gauge(
            MetricName.METRICS_BUDGET_USED,
            () ->
                ratio(
                    series.rows(family) * (long) family.seriesPerRow(),
                    series.options().maxSeries(family)),
            metric.exposed());
      }
    }
  }

  private static double ratio(long used, int bound) {
    return bound == 0 ? 1 : (double) used / bound;
  }

  /** The metrics that a family's columns are, in their order; a histogram is one. */
  static List<MetricName> metricsOf(SeriesFamily family) {
    return switch (family) {
      case FORWARDED -> List.of(MetricName.POD_PACKETS_FORWARDED, MetricName.POD_FORWARDED_BYTES);
      case DROPPED -> List.of(MetricName.POD_PACKETS_DROPPED, MetricName.POD_DROPPED_BYTES);
      case TCP_FLAGS -> List.of(MetricName.POD_TCP_FLAGS);
      case TCP_CONNECT -> List.of(MetricName.POD_TCP_CONNECT_LATENCY);
      case TCP_RTT -> List.of(MetricName.POD_TCP_RTT);
      case TCP_RETRANSMISSIONS -> List.of(MetricName.POD_TCP_RETRANSMISSIONS);
      case TCP_CONNECTIONS -> List.of(MetricName.POD_TCP_CONNECTIONS);
      case TCP_RESETS -> List.of(MetricName.POD_TCP_RESETS);
      case TCP_PAYLOAD -> List.of(MetricName.POD_TCP_PAYLOAD_BYTES);
      case DNS_REQUEST -> List.of(MetricName.POD_DNS_REQUEST);
      case DNS_RESPONSE -> List.of(MetricName.POD_DNS_RESPONSE);
      case DNS_LATENCY -> List.of(MetricName.POD_DNS_LATENCY);
    };
  }
}
