package sh.retina.plugin;

import java.util.List;
import java.util.function.Supplier;
import sh.retina.bpf.KernelFeatures;
import sh.retina.event.NodeMetric;

/**
 * A data source. Declares; {@link PluginManager} acts. Made by a {@link PluginFactory}; immutable.
 */
public sealed interface Plugin permits EventPlugin, StatPlugin {
  /** As in {@code retina.plugins} and in the label {@code plugin}. */
  String name();

  /**
   * Questions to the kernel whose answers must be yes. Asked only after a start that failed: they
   * tell a kernel that lacks something from a fault.
   */
  default List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of();
  }

  /** What it reads about the whole node, beside its events. */
  default List<? extends NodeMetric> metrics() {
    return List.of();
  }
}
