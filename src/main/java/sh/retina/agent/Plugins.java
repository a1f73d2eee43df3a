package sh.retina.agent;

import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.Plugin;
import sh.retina.plugin.PluginFactories;
import sh.retina.plugin.PluginFactory;

/**
 * The plugins of this build, configured.
 *
 * @param all known by name: what a journal holds may come from one that is not enabled now
 * @param enabled by {@code retina.plugins}
 */
record Plugins(List<Plugin> all, List<Plugin> enabled) {
  static Plugins of(RetinaProperties properties, Environment environment) {
    CommonSettings common =
        new CommonSettings(
            properties.dataAggregationLevel() == RetinaProperties.AggregationLevel.LOW,
            properties.reportInterval(),
            properties.samplingRate());
    Binder binder = Binder.get(environment);
    List<Plugin> all = new ArrayList<>();
    for (PluginFactory<?> factory : PluginFactories.all()) {
      all.add(
          PluginFactories.create(
              factory, type -> binder.bindOrCreate(prefix(factory), type), common));
    }
    List<Plugin> enabled =
        all.stream().filter(plugin -> properties.plugins().contains(plugin.name())).toList();
    return new Plugins(List.copyOf(all), enabled);
  }

  /** Where a plugin's own settings are. */
  static String prefix(PluginFactory<?> factory) {
    return "retina." + factory.name();
  }
}
