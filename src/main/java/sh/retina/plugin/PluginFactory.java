package sh.retina.plugin;

/**
 * Makes a plugin from its settings; found on the class path by {@link java.util.ServiceLoader}, so
 * that nothing else has to know it: {@code @AutoService(PluginFactory.class)} on the class is all.
 * Needs a public constructor without parameters, and no state.
 *
 * @param <S> its settings
 */
public interface PluginFactory<S extends Record> {
  /** The plugin's name, and the prefix of its settings: {@code retina.<name>}. */
  String name();

  /**
   * A record of the plugin's settings with a default for each, checked as a whole before anything
   * starts; {@link None} if there is nothing to set.
   */
  Class<S> settingsType();

  Plugin create(S settings, CommonSettings common);

  /** Nothing can be set. */
  record None() {}
}
