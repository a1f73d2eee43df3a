package sh.retina.agent;

import java.time.Duration;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import sh.retina.bpf.Clocks;
import sh.retina.pipeline.MetricPipeline;
import sh.retina.plugin.PluginManager;

/**
 * Alive while the rings are read and the metric path goes on; a restart is the remedy when they do
 * not.
 */
class PipelineHealthIndicator implements HealthIndicator {
  private static final long MAX_PAUSE_NS = Duration.ofSeconds(30).toNanos();

  private final PluginManager manager;
  private final MetricPipeline pipeline;
  private final LiveJournal live;

  PipelineHealthIndicator(PluginManager manager, MetricPipeline pipeline, LiveJournal live) {
    this.manager = manager;
    this.pipeline = pipeline;
    this.live = live;
  }

  @Override
  public Health health() {
    if (pipeline.isFailed()) {
      return Health.down().withDetail("metric-pipeline", "ended by an error").build();
    }
    long pauseNs = Clocks.monotonicNs() - manager.lastTurnNs();
    return live.journal() == null || pauseNs < MAX_PAUSE_NS
        ? Health.up().build()
        : Health.down()
            .withDetail("ring-reader", "has not moved for " + pauseNs / 1_000_000_000 + " s")
            .build();
  }
}
