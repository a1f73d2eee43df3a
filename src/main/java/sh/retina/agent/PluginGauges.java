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
  public AgentSources.State state() {
    return switch (manager.statuses().get(plugin)) {
      case PluginStatus.Running _ -> AgentSources.State.RUNNING;
      case PluginStatus.Degraded _ -> AgentSources.State.DEGRADED;
      case PluginStatus.Unsupported _ -> AgentSources.State.UNSUPPORTED;
      case PluginStatus.Failed _ -> AgentSources.State.FAILED;
      case null -> AgentSources.State.FAILED; // a replay runs none
    };
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
