package sh.retina.plugin;

/** How a plugin is. */
public sealed interface PluginStatus {
  /** All its programs run. */
  record Running() implements PluginStatus {}

  /** Some of it runs. */
  record Degraded(String reason) implements PluginStatus {}

  /** None of it runs; it is tried again. */
  record Failed(String reason) implements PluginStatus {}

  /** Whether events can come. */
  default boolean isUp() {
    return !(this instanceof Failed);
  }
}
