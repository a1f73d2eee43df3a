package sh.retina.agent;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sh.retina.export.prometheus.AgentSources;
import sh.retina.guard.OverheadGuard;
import sh.retina.plugin.KernelCounter;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;
import sh.retina.plugin.packetparser.PacketparserPlugin;

/** One plugin's own metrics. */
record PluginGauges(
    String plugin, PluginManager manager, ActiveConfiguration active, OverheadGuard guard)
    implements AgentSources.PluginStatus {
  @Override
  public boolean isUp() {
    PluginStatus status = manager.statuses().get(plugin);
    return status != null && status.isUp();
  }

  @Override
  public AgentSources.@Nullable State state() {
    return switch (manager.statuses().get(plugin)) {
      case PluginStatus.Running _ -> AgentSources.State.RUNNING;
      case PluginStatus.Degraded _ -> AgentSources.State.DEGRADED;
      case PluginStatus.Unsupported _ -> AgentSources.State.UNSUPPORTED;
      case PluginStatus.Failed _ -> AgentSources.State.FAILED;
      case null -> null; // disabled, or a replay
    };
  }

  @Override
  public long reconcileFailures() {
    return manager.failures(plugin);
  }

  @Override
  public long starts() {
    return manager.starts(plugin);
  }

  @Override
  public int aggregationLevel() {
    return plugin.equals(PacketparserPlugin.NAME)
        ? guard.detail().eachPacket() ? 0 : 1
        : active.properties().dataAggregationLevel().ordinal();
  }

  @Override
  public int samplingRate() {
    return plugin.equals(PacketparserPlugin.NAME)
        ? guard.detail().samplingRate()
        : active.properties().samplingRate();
  }

  @Override
  public long lostPackets() {
    return manager.counter(plugin, KernelCounter.LOST_PACKETS);
  }

  @Override
  public long lostBytes() {
    return manager.counter(plugin, KernelCounter.LOST_BYTES);
  }

  @Override
  public Map<String, LongSupplier> kernelPackets() {
    Map<String, LongSupplier> packets = new LinkedHashMap<>();
    for (KernelCounter outcome :
        EnumSet.range(KernelCounter.TABLE_FULL, KernelCounter.NOT_NETWORK)) {
      packets.put(outcome.name().toLowerCase(Locale.ROOT), () -> manager.counter(plugin, outcome));
    }
    return packets;
  }
}
