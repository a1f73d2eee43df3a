package sh.retina.plugin.linuxutil;

import com.google.auto.service.AutoService;
import java.nio.file.Path;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactory;

/** Makes {@link LinuxutilPlugin}. */
@AutoService(PluginFactory.class)
public final class LinuxutilFactory implements PluginFactory<LinuxutilProperties> {
  @Override
  public String name() {
    return LinuxutilPlugin.NAME;
  }

  @Override
  public Class<LinuxutilProperties> settingsType() {
    return LinuxutilProperties.class;
  }

  @Override
  public Plugin create(LinuxutilProperties settings, CommonSettings common) {
    return new LinuxutilPlugin(settings, Path.of("/proc"), new KernelNetwork());
  }
}
