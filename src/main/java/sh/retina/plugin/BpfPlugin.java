package sh.retina.plugin;

import java.io.IOException;
import java.util.Map;
import java.util.function.Function;
import sh.retina.bpf.BpfMap;
import sh.retina.bpf.Btf;

/**
 * A data source with a BPF object of its own. To add one: {@code <name>.bpf.c}, a package {@code
 * plugin.<name>}, a documentation page; docs/plugins.md.
 */
public non-sealed interface BpfPlugin extends EventPlugin {
  ObjectSpec spec();

  @Override
  default Map<String, byte[]> attributes() {
    return Map.of();
  }

  /**
   * A decoder of events that an object with this BTF wrote. Unless told otherwise the object counts
   * in maps and reports none.
   *
   * @throws RuntimeException when the BTF lacks a field; the message names struct and field
   */
  default EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return (_, _, _) -> false;
  }

  /** Whether its object includes interest.h, and so can leave out what is of no interest. */
  default boolean heedsInterest() {
    return false;
  }

  /**
   * Reads the {@link #metrics} from the maps of the loaded object; on the thread {@code
   * stat-poller}.
   *
   * @param maps by name in the object
   */
  default void collect(Function<String, BpfMap> maps, StatSink sink) throws IOException {}
}
