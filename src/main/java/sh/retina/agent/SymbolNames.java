package sh.retina.agent;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.KernelSymbols;
import sh.retina.identity.ContextChange;

/**
 * Names the kernel addresses that events carry and puts the names in the journal, where later
 * readers find them. Looking one up reads /proc/kallsyms once, so it happens beside the path, for
 * all that came up meanwhile. Thread-safe.
 */
final class SymbolNames {
  private static final Logger LOG = LoggerFactory.getLogger(SymbolNames.class);

  private final ContextStore context;
  private final KernelSymbols symbols = KernelSymbols.ofRunningKernel();
  private final Set<Long> asked = new HashSet<>();
  private final List<Long> waiting = new ArrayList<>();
  private boolean working;

  SymbolNames(ContextStore context) {
    this.context = context;
  }

  /** Asks for a name; an address that was asked for before is passed over. */
  synchronized void wanted(long address) {
    if (asked.add(address)) {
      waiting.add(address);
      if (!working) {
        working = true;
        Thread.ofVirtual().name("symbol-names").start(this::resolve);
      }
    }
  }

  /** The name of an address, now; empty when the kernel does not tell. */
  String name(long address) {
    try {
      return symbols.resolve(address);
    } catch (BpfException e) {
      return "";
    }
  }

  private void resolve() {
    for (long[] addresses = take(); addresses.length > 0; addresses = take()) {
      try {
        Map<Long, String> names = symbols.resolve(addresses);
        List<ContextChange> changes = new ArrayList<>();
        names.forEach((address, name) -> changes.add(new ContextChange.SymbolNamed(address, name)));
        context.apply(changes);
      } catch (BpfException e) {
        LOG.warn("kernel addresses keep their numbers: {}", e.getMessage());
      }
    }
    symbols.problem().ifPresent(problem -> LOG.warn("{}", problem));
  }

  private synchronized long[] take() {
    long[] addresses = waiting.stream().mapToLong(Long::longValue).toArray();
    waiting.clear();
    working = addresses.length > 0;
    return addresses;
  }
}
