package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import sh.retina.pipeline.Loss;
import sh.retina.pipeline.PipelineLedger;
import sh.retina.pipeline.PluginLedger;
import sh.retina.pipeline.Stage;

/**
 * The agent about itself: its books, its plugins, its journal, its cost. Each series of a plugin is
 * there from the plugin's first mention, at 0, so that a rate can be taken over the first loss.
 */
public final class AgentMeters implements MeterBinder {
  private final PipelineLedger ledger;
  private final AgentSources sources;
  private final ScrapeRegistry scrapes;

  public AgentMeters(PipelineLedger ledger, AgentSources sources, ScrapeRegistry scrapes) {
    this.ledger = ledger;
    this.sources = sources;
    this.scrapes = scrapes;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    ledger.onNewPlugin(plugin -> bindPlugin(meters, plugin));
    AgentSources.QueueStatus queue = sources.queue();
    meters.gauge(MetricName.AGENT_QUEUE_BYTES, queue::bytes);
    meters.gauge(MetricName.AGENT_JOURNAL_UP, () -> queue.isKept() ? 1 : 0);
    meters.gauge(MetricName.AGENT_QUEUE_LAG_EVENTS, queue::lagEvents);
    meters.gauge(MetricName.AGENT_QUEUE_LAG_SECONDS, queue::lagSeconds);
    sources
        .subscribers()
        .forEach((kind, count) ->
            meters.gauge(MetricName.AGENT_STREAM_SUBSCRIBERS, count::getAsLong, kind));
    sources
        .contextObjects()
        .forEach((kind, count) ->
            meters.gauge(MetricName.AGENT_CONTEXT_OBJECTS, count::getAsLong, kind));
    sources
        .cpuSeconds()
        .forEach((part, seconds) -> meters.counter(MetricName.AGENT_CPU_SECONDS, seconds, part));
    sources
        .reloads()
        .forEach((outcome, count) ->
            meters.counter(MetricName.AGENT_CONFIGURATION_RELOADS, count::getAsLong, outcome));
    sources
        .pushes()
        .forEach((outcome, count) ->
            meters.counter(MetricName.AGENT_OTLP_PUSHES, count::getAsLong, outcome));
    sources
        .exportFaults()
        .forEach((outcome, count) ->
            meters.counter(MetricName.AGENT_FLOW_EXPORT_FAULTS, count::getAsLong, outcome));
    meters.counter(MetricName.AGENT_SCRAPE_FAILURES, scrapes::failures);
  }

  private void bindPlugin(NamedMeters meters, PluginLedger books) {
    String plugin = books.plugin();
    for (Stage stage : Stage.values()) {
      meters.counter(MetricName.AGENT_EVENTS, () -> books.events(stage), plugin, stage.label());
    }
    for (Loss loss : Loss.values()) {
      meters.counter(MetricName.AGENT_LOST_EVENTS, () -> books.events(loss), plugin, loss.label());
    }
    AgentSources.PluginStatus status = sources.plugins().apply(plugin);
    meters.gauge(MetricName.AGENT_PLUGIN_UP, () -> status.isUp() ? 1 : 0, plugin);
    for (AgentSources.State state : AgentSources.State.values()) {
      meters.gauge(
          MetricName.AGENT_PLUGIN_STATUS,
          () -> status.state() == state ? 1 : 0,
          plugin,
          state.name().toLowerCase(Locale.ROOT));
    }
    meters.counter(MetricName.AGENT_PLUGIN_RECONCILE_FAILURES, status::reconcileFailures, plugin);
    meters.counter(MetricName.AGENT_PLUGIN_STARTS, status::starts, plugin);
    meters.gauge(MetricName.AGENT_AGGREGATION_LEVEL, status::aggregationLevel, plugin);
    meters.gauge(MetricName.AGENT_SAMPLING_RATE, status::samplingRate, plugin);
    meters.counter(MetricName.AGENT_LOST_PACKETS, status::lostPackets, plugin);
    meters.counter(MetricName.AGENT_LOST_BYTES, status::lostBytes, plugin);
    status
        .kernelPackets()
        .forEach((outcome, packets) ->
            meters.counter(MetricName.AGENT_KERNEL_PACKETS, packets::getAsLong, plugin, outcome));
  }
}
