package sh.retina.pipeline;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import sh.retina.identity.ContextCodec;
import sh.retina.identity.IdentityTable;

/**
 * Who is who where a file of the journal begins: one table for all streams that have come past that
 * place, which hold of their own only what has changed since. A table is kept as long as a stream
 * needs it. Thread-safe.
 */
final class SharedContexts {
  private final JournalAccess journal;
  private final Map<Place, WeakReference<IdentityTable>> tables = new HashMap<>();

  /** A journal that went on elsewhere may have other words at the same position. */
  private record Place(long position, int length, int hash) {}

  SharedContexts(JournalAccess journal) {
    this.journal = journal;
  }

  /**
   * What a snapshot says; not to be changed. Throws IllegalArgumentException if it cannot be read.
   *
   * @param position of the snapshot in the journal
   */
  synchronized IdentityTable at(long position, byte[] snapshot) {
    Place place = new Place(position, snapshot.length, Arrays.hashCode(snapshot));
    WeakReference<IdentityTable> kept = tables.get(place);
    IdentityTable known = kept == null ? null : kept.get();
    if (known != null) {
      return known;
    }
    IdentityTable made = new IdentityTable(journal::shared);
    made.apply(ContextCodec.decode(snapshot), true);
    tables.values().removeIf(table -> table.get() == null);
    tables.put(place, new WeakReference<>(made));
    return made;
  }
}
