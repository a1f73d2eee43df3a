package sh.retina.plugin;

/** How a plugin is. Reasons are for people: they name what was tried and what the kernel said. */
public sealed interface PluginStatus {
  /** All its programs run. */
  record Running() implements PluginStatus {}

  /** Some of it runs. */
  record Degraded(String reason) implements PluginStatus {}

  /** None of it runs; it is tried again with back-off, as the fault may pass. */
  record Failed(String reason) implements PluginStatus {}

  /**
   * None of it runs, and this kernel lacks what it needs; it is tried again ever more rarely, as
   * only a kernel module could change that.
   */
  record Unsupported(String reason) implements PluginStatus {}

  /** Whether events can come. */
  default boolean isUp() {
    return switch (this) {
      case Running _, Degraded _ -> true;
      case Failed _, Unsupported _ -> false;
    };
  }
}
