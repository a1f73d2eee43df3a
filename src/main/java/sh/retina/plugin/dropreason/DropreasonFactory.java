package sh.retina.plugin.dropreason;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link DropreasonPlugin}. */
@AutoService(PluginFactory.class)
public final class DropreasonFactory implements PluginFactory<DropreasonProperties> {
  @Override
  public String name() {
    return DropreasonPlugin.NAME;
  }

  @Override
  public Class<DropreasonProperties> settingsType() {
    return DropreasonProperties.class;
  }

  @Override
  public Plugin create(DropreasonProperties settings, CommonSettings common) {
    return new DropreasonPlugin(settings, common);
  }
}
