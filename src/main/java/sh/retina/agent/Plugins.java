package sh.retina.agent;

import java.util.List;
import java.util.Set;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.dropreason.DropreasonPlugin;
import sh.retina.plugin.dropreason.DropreasonSettings;
import sh.retina.plugin.packetparser.PacketparserPlugin;
import sh.retina.plugin.packetparser.PacketparserSettings;

/**
 * The plugins of this build, configured.
 *
 * @param all known by name: what a journal holds may come from one that is not enabled now
 * @param enabled by {@code retina.plugins}
 */
record Plugins(List<BpfPlugin> all, List<BpfPlugin> enabled) {
  /** What {@code retina.plugins} can name. */
  static final Set<String> NAMES = Set.of(PacketparserPlugin.NAME, DropreasonPlugin.NAME);

  static Plugins of(RetinaProperties properties) {
    boolean eachPacket = properties.dataAggregationLevel() == RetinaProperties.AggregationLevel.LOW;
    List<BpfPlugin> all =
        List.of(
            new PacketparserPlugin(
                new PacketparserSettings(
                    eachPacket,
                    properties.reportInterval(),
                    properties.samplingRate(),
                    properties.packetparser().maxFlows(),
                    (int) properties.packetparser().ringSize().toBytes())),
            new DropreasonPlugin(
                new DropreasonSettings(
                    eachPacket,
                    properties.reportInterval(),
                    Set.copyOf(properties.dropreason().excludedReasons()),
                    (int) properties.dropreason().ringSize().toBytes())));
    List<BpfPlugin> enabled =
        all.stream().filter(plugin -> properties.plugins().contains(plugin.name())).toList();
    return new Plugins(all, enabled);
  }
}
