package sh.retina.agent;

import sh.retina.export.prometheus.AgentSources;
import sh.retina.guard.OverheadGuard;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;
import sh.retina.plugin.packetparser.PacketparserPlugin;

/** One plugin's own metrics. */
record PluginGauges(
    String plugin, PluginManager manager, RetinaProperties properties, OverheadGuard guard)
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
    return plugin.equals(PacketparserPlugin.NAME)
        ? guard.detail().eachPacket() ? 0 : 1
        : properties.dataAggregationLevel().ordinal();
  }

  @Override
  public int samplingRate() {
    return plugin.equals(PacketparserPlugin.NAME)
        ? guard.detail().samplingRate()
        : properties.samplingRate();
  }
}
