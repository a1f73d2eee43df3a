package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.LongSupplier;
import sh.retina.pipeline.NodeTotals;

/** The node's connections and what passes on them; for a node whose packetparser runs. */
public final class ConntrackMeters implements MeterBinder {
  private static final String SENT = "tx";
  private static final String REPLIED = "rx";

  private final NodeTotals totals;
  private final LongSupplier connections;

  /**
   * @param connections entries of the plugin's connection table now; read at each scrape
   */
  public ConntrackMeters(NodeTotals totals, LongSupplier connections) {
    this.totals = totals;
    this.connections = connections;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    meters.counter(MetricName.CONNTRACK_PACKETS, totals::sentPackets, SENT);
    meters.counter(MetricName.CONNTRACK_PACKETS, totals::replyPackets, REPLIED);
    meters.counter(MetricName.CONNTRACK_BYTES, totals::sentBytes, SENT);
    meters.counter(MetricName.CONNTRACK_BYTES, totals::replyBytes, REPLIED);
    meters.gauge(MetricName.CONNTRACK_CONNECTIONS, connections::getAsLong);
  }
}
