package sh.retina.plugin.ciliumeventobserver;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link CiliumeventobserverPlugin}. */
@AutoService(PluginFactory.class)
public final class CiliumeventobserverFactory
    implements PluginFactory<CiliumeventobserverProperties> {
  @Override
  public String name() {
    return CiliumeventobserverPlugin.NAME;
  }

  @Override
  public Class<CiliumeventobserverProperties> settingsType() {
    return CiliumeventobserverProperties.class;
  }

  @Override
  public Plugin create(CiliumeventobserverProperties settings, CommonSettings common) {
    return new CiliumeventobserverPlugin(settings.socket());
  }
}
