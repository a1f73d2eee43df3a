package sh.retina.plugin;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelFeatures;

/**
 * A data source with a BPF object of its own. Declares; {@link PluginManager} acts. To add one:
 * {@code <name>.bpf.c}, a package {@code plugin.<name>}, a documentation page.
 */
public interface BpfPlugin {
  /** As in {@code retina.plugins} and in the label {@code plugin}. */
  String name();

  ObjectSpec spec();

  /**
   * Questions to the kernel whose answers must be yes. Asked only after a load that failed: they
   * tell a kernel that is too old from a fault.
   */
  default List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of();
  }

  /**
   * What only the running kernel knows and a later reader needs, such as names of enum values; kept
   * in the journal.
   */
  Map<String, byte[]> attributes();

  /**
   * A decoder of events that an object with this BTF wrote.
   *
   * @throws RuntimeException when the BTF lacks a field; the message names struct and field
   */
  EventDecoder decoder(Btf btf, Map<String, byte[]> attributes);
}
