package sh.retina.plugin.packetparser;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link PacketparserPlugin}. */
@AutoService(PluginFactory.class)
public final class PacketparserFactory implements PluginFactory<PacketparserProperties> {
  @Override
  public String name() {
    return PacketparserPlugin.NAME;
  }

  @Override
  public Class<PacketparserProperties> settingsType() {
    return PacketparserProperties.class;
  }

  @Override
  public Plugin create(PacketparserProperties settings, CommonSettings common) {
    return new PacketparserPlugin(settings, common);
  }
}
