package sh.retina.plugin.packetforward;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link PacketforwardPlugin}, of which nothing can be set. */
@AutoService(PluginFactory.class)
public final class PacketforwardFactory implements PluginFactory<PluginFactory.None> {
  @Override
  public String name() {
    return PacketforwardPlugin.NAME;
  }

  @Override
  public Class<None> settingsType() {
    return None.class;
  }

  @Override
  public Plugin create(None settings, CommonSettings common) {
    return new PacketforwardPlugin();
  }
}
