package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import sh.retina.pipeline.SocketTotals;

/** What the node's TCP sockets report: a counter for each label set, made when it is first seen. */
public final class SocketMeters implements MeterBinder {
  private final SocketTotals totals;

  public SocketMeters(SocketTotals totals) {
    this.totals = totals;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    totals.onNewCounts(count -> meters.counter(metric(count), count::sum, count.labelValues()));
  }

  private static MetricName metric(SocketTotals.Count count) {
    return switch (count.kind()) {
      case RETRANSMISSIONS -> MetricName.TCP_RETRANSMISSIONS;
      case CONNECTIONS -> MetricName.TCP_CONNECTIONS;
      case RESETS -> MetricName.TCP_RESETS;
    };
  }
}
