package sh.retina.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * Owner by address: open addressing over two longs, both of a slot in one cache line, no lock and
 * nothing allocated by a look-up. A removal closes the gap (Knuth 6.4, algorithm R), so that churn
 * leaves nothing behind. May lie over another one, and holds then only what differs. Not
 * thread-safe.
 */
final class AddressIndex {
  private static final int MIN_CAPACITY = 64;

  /** Owner, here, of an address that only the index below has: nobody. */
  private static final Endpoint NOBODY =
      new Endpoint(Endpoint.Kind.UNKNOWN, "", "", "", "", "", "", List.of(), List.of(), List.of());

  /** What lies below, and does not change; null: nothing. */
  private final @Nullable AddressIndex base;

  // Slot i is at words[2 * i] and words[2 * i + 1]; an empty one has no owner.
  private long[] words = new long[2 * MIN_CAPACITY];
  private @Nullable Endpoint[] owners = new Endpoint[MIN_CAPACITY];
  private int used;

  AddressIndex() {
    this(null);
  }

  /**
   * @param base begins with what this one has, which must not change any more
   */
  AddressIndex(@Nullable AddressIndex base) {
    this.base = base;
  }

  @Nullable Endpoint get(long high, long low) {
    Endpoint owner = own(high, low);
    if (base == null) {
      return owner;
    }
    if (owner == null) {
      return base.get(high, low);
    }
    return owner == NOBODY ? null : owner;
  }

  private @Nullable Endpoint own(long high, long low) {
    @Nullable Endpoint[] table = owners;
    long[] keys = words;
    int mask = table.length - 1;
    int slot = hash(high, low) & mask;
    while (true) {
      Endpoint owner = table[slot];
      if (owner == null || keys[2 * slot + 1] == low && keys[2 * slot] == high) {
        return owner;
      }
      slot = slot + 1 & mask;
    }
  }

  void put(long high, long low, Endpoint owner) {
    if (used * 2 >= owners.length) {
      resize(owners.length * 2);
    }
    int mask = owners.length - 1;
    int slot = hash(high, low) & mask;
    while (owners[slot] != null && !(words[2 * slot + 1] == low && words[2 * slot] == high)) {
      slot = slot + 1 & mask;
    }
    if (owners[slot] == null) {
      used++;
    }
    words[2 * slot] = high;
    words[2 * slot + 1] = low;
    owners[slot] = owner;
  }

  void remove(long high, long low) {
    if (base != null && base.get(high, low) != null) {
      put(high, low, NOBODY);
    } else {
      removeOwn(high, low);
    }
  }

  private void removeOwn(long high, long low) {
    int mask = owners.length - 1;
    int gap = hash(high, low) & mask;
    while (!(words[2 * gap + 1] == low && words[2 * gap] == high)) {
      if (owners[gap] == null) {
        return;
      }
      gap = gap + 1 & mask;
    }
    if (owners[gap] == null) {
      return;
    }
    used--;
    for (int next = gap + 1 & mask; owners[next] != null; next = next + 1 & mask) {
      int home = hash(words[2 * next], words[2 * next + 1]) & mask;
      if ((next - home & mask) >= (next - gap & mask)) {
        words[2 * gap] = words[2 * next];
        words[2 * gap + 1] = words[2 * next + 1];
        owners[gap] = owners[next];
        gap = next;
      }
    }
    owners[gap] = null;
    if (owners.length > MIN_CAPACITY && used * 8 < owners.length) {
      resize(owners.length / 2);
    }
  }

  private void resize(int capacity) {
    long[] oldWords = words;
    @Nullable Endpoint[] oldOwners = owners;
    words = new long[2 * capacity];
    owners = new Endpoint[capacity];
    used = 0;
    for (int i = 0; i < oldOwners.length; i++) {
      Endpoint owner = oldOwners[i];
      if (owner != null) {
        put(oldWords[2 * i], oldWords[2 * i + 1], owner);
      }
    }
  }

  private static int hash(long high, long low) {
    long mixed = (high * 0x9E3779B97F4A7C15L ^ low) * 0xBF58476D1CE4E5B9L;
    return (int) (mixed ^ mixed >>> 32);
  }
}
