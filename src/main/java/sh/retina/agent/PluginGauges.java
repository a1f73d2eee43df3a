package sh.retina.agent;

import sh.retina.export.prometheus.AgentSources;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;

/** One plugin's own metrics. */
record PluginGauges(String plugin, PluginManager manager, RetinaProperties properties)
    implements AgentSources.PluginStatus {
  @Override
  public boolean isUp() {
    PluginStatus status = manager.statuses().get(plugin);
    return status != null && status.isUp();
  }

  @Override
  public long reconcileFailures() {
    return manager.failures(plugin);
  }

  @Override
  public int aggregationLevel() {
    return properties.dataAggregationLevel().ordinal();
  }

  @Override
  public int samplingRate() {
    return properties.samplingRate();
  }
}
