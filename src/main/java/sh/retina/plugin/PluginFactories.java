package sh.retina.plugin;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/** The plugins of the class path, by name. Immutable. */
public final class PluginFactories {
  private static final List<PluginFactory<?>> ALL =
      ServiceLoader.load(PluginFactory.class, PluginFactory.class.getClassLoader()).stream()
          .<PluginFactory<?>>map(ServiceLoader.Provider::get)
          .sorted(Comparator.comparing(PluginFactory::name))
          .toList();

  private PluginFactories() {}

  public static List<PluginFactory<?>> all() {
    return ALL;
  }

  /** What {@code retina.plugins} can name. */
  public static List<String> names() {
    return ALL.stream().map(PluginFactory::name).toList();
  }

  /** A plugin made of settings that are looked up by the factory's type of them. */
  public static <S extends Record> Plugin create(
      PluginFactory<S> factory, Function<Class<S>, S> settings, CommonSettings common) {
    return factory.create(settings.apply(factory.settingsType()), common);
  }
}
