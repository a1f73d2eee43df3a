package sh.retina.plugin.tcplife;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link TcplifePlugin}. */
@AutoService(PluginFactory.class)
public final class TcplifeFactory implements PluginFactory<TcplifeProperties> {
  @Override
  public String name() {
    return TcplifePlugin.NAME;
  }

  @Override
  public Class<TcplifeProperties> settingsType() {
    return TcplifeProperties.class;
  }

  @Override
  public Plugin create(TcplifeProperties settings, CommonSettings common) {
    return new TcplifePlugin(settings, common);
  }
}
