package sh.retina.plugin.dns;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link DnsPlugin}. */
@AutoService(PluginFactory.class)
public final class DnsFactory implements PluginFactory<DnsProperties> {
  @Override
  public String name() {
    return DnsPlugin.NAME;
  }

  @Override
  public Class<DnsProperties> settingsType() {
    return DnsProperties.class;
  }

  @Override
  public Plugin create(DnsProperties settings, CommonSettings common) {
    return new DnsPlugin(settings);
  }
}
