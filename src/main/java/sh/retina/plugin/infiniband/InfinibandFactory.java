package sh.retina.plugin.infiniband;

import com.google.auto.service.AutoService;
import java.nio.file.Path;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link InfinibandPlugin}, of which nothing can be set. */
@AutoService(PluginFactory.class)
public final class InfinibandFactory implements PluginFactory<PluginFactory.None> {
  @Override
  public String name() {
    return InfinibandPlugin.NAME;
  }

  @Override
  public Class<None> settingsType() {
    return None.class;
  }

  @Override
  public Plugin create(None settings, CommonSettings common) {
    return new InfinibandPlugin(Path.of("/sys"));
  }
}
