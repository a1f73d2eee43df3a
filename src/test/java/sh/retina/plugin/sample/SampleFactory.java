package sh.retina.plugin.sample;

import com.google.auto.service.AutoService;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link SamplePlugin}. */
@AutoService(PluginFactory.class)
public final class SampleFactory implements PluginFactory<SampleProperties> {
  @Override
  public String name() {
    return SamplePlugin.NAME;
  }

  @Override
  public Class<SampleProperties> settingsType() {
    return SampleProperties.class;
  }

  @Override
  public Plugin create(SampleProperties settings, CommonSettings common) {
    return new SamplePlugin(settings.port());
  }
}
