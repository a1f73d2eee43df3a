package sh.retina.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import sh.retina.event.Endpoint;
import sh.retina.identity.ContextChange;
import sh.retina.identity.ContextCodec;
import sh.retina.identity.IdentityTable;

/**
 * What is known now about addresses and names, on the writing side of the journal: providers put
 * changes in, the journal gets them in the same order, and each new journal file begins with all of
 * them. Thread-safe.
 */
final class ContextStore {
  private final IdentityTable table = new IdentityTable();
  private final List<Consumer<byte[]>> writers = new CopyOnWriteArrayList<>();
  private final List<Consumer<List<ContextChange>>> listeners = new CopyOnWriteArrayList<>();

  /** From now on every change goes to the writer too. */
  void journalTo(Consumer<byte[]> writer) {
    writers.add(writer);
  }

  /** Is told what is known, and from now on of every change. */
  synchronized void onChange(Consumer<List<ContextChange>> listener) {
    listener.accept(table.snapshot());
    listeners.add(listener);
  }

  synchronized void apply(List<ContextChange> changes) {
    if (changes.isEmpty()) {
      return;
    }
    table.apply(changes, false);
    byte[] excerpt = ContextCodec.encode(changes, false);
    writers.forEach(writer -> writer.accept(excerpt));
    listeners.forEach(listener -> listener.accept(changes));
  }

  /** Interfaces came or were renamed. */
  void interfacesNamed(Map<Integer, String> names) {
    List<ContextChange> changes = new ArrayList<>();
    names.forEach((index, name) -> changes.add(new ContextChange.InterfaceNamed(index, name)));
    apply(changes);
  }

  /** An excerpt that holds everything known. */
  synchronized byte[] snapshot() {
    return ContextCodec.encode(table.snapshot(), true);
  }

  /** The object that is held here of an equal endpoint, else the one that is given. */
  synchronized Endpoint shared(Endpoint endpoint) {
    Endpoint known = table.known(endpoint);
    return known != null && known.equals(endpoint) ? known : endpoint;
  }

  /** Whether the cgroup has that name already. */
  synchronized boolean isKnown(ContextChange change) {
    return change instanceof ContextChange.CgroupNamed(long id, String name)
        && table.cgroup(id).equals(name);
  }

  synchronized int count(Endpoint.Kind kind) {
    return table.count(kind);
  }
}
