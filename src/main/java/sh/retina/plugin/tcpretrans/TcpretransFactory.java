package sh.retina.plugin.tcpretrans;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link TcpretransPlugin}. */
@AutoService(PluginFactory.class)
public final class TcpretransFactory implements PluginFactory<TcpretransProperties> {
  @Override
  public String name() {
    return TcpretransPlugin.NAME;
  }

  @Override
  public Class<TcpretransProperties> settingsType() {
    return TcpretransProperties.class;
  }

  @Override
  public Plugin create(TcpretransProperties settings, CommonSettings common) {
    return new TcpretransPlugin(settings);
  }
}
