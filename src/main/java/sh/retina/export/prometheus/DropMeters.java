package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import sh.retina.pipeline.NodeTotals;

/** The node's drops: two counters for each reason and direction, made when it is first seen. */
public final class DropMeters implements MeterBinder {
  private final NodeTotals totals;

  public DropMeters(NodeTotals totals) {
    this.totals = totals;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    totals.onNewDrops(drops -> {
      String direction = drops.direction().label();
      meters.counter(MetricName.PACKETS_DROPPED, drops::packets, drops.reason(), direction);
      meters.counter(MetricName.DROPPED_BYTES, drops::bytes, drops.reason(), direction);
    });
  }
}
