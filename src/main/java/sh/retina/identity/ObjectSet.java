package sh.retina.identity;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * The objects that are known, one state of each, found by kind, namespace, name and UID without a
 * key of its own per object. Open addressing, as in {@link AddressIndex}. May lie over another one,
 * and holds then only what differs. Not thread-safe.
 */
final class ObjectSet {
  private static final int MIN_CAPACITY = 64;

  /** What lies below, and does not change; null: nothing. */
  private final @Nullable ObjectSet base;

  /** Objects that only the set below has; null as long as there are none. */
  private @Nullable ObjectSet gone;

  private @Nullable Endpoint[] slots = new Endpoint[MIN_CAPACITY];
  private final int[] counts;
  private int used;

  ObjectSet() {
    base = null;
    counts = new int[Endpoint.Kind.values().length];
  }

  /**
   * @param base begins with what this one has, which must not change any more
   */
  ObjectSet(ObjectSet base) {
    this.base = base;
    this.counts = base.counts.clone();
  }

  /** The state that is known of an object, null if it is not known. */
  @Nullable Endpoint get(Endpoint object) {
    Endpoint own = slots[slot(object)];
    return own != null || base == null || isGone(object) ? own : base.get(object);
  }

  private boolean isGone(Endpoint object) {
    return gone != null && gone.get(object) != null;
  }

  /** Replaces the state that was known of the object. */
  void put(Endpoint object) {
    if (get(object) == null) {
      counts[object.kind().ordinal()]++;
    }
    if (gone != null) {
      gone.remove(object);
    }
    if (used * 2 >= slots.length) {
      resize(slots.length * 2);
    }
    int slot = slot(object);
    if (slots[slot] == null) {
      used++;
    }
    slots[slot] = object;
  }

  void remove(Endpoint object) {
    if (get(object) == null) {
      return;
    }
    counts[object.kind().ordinal()]--;
    removeOwn(object);
    if (base != null && base.get(object) != null) {
      if (gone == null) {
        gone = new ObjectSet();
      }
      gone.put(object);
    }
  }

  private void removeOwn(Endpoint object) {
    int mask = slots.length - 1;
    int gap = slot(object);
    if (slots[gap] == null) {
      return;
    }
    used--;
    for (int next = gap + 1 & mask; ; next = next + 1 & mask) {
      Endpoint other = slots[next];
      if (other == null) {
        break;
      }
      if ((next - hash(other) & mask) >= (next - gap & mask)) {
        slots[gap] = other;
        gap = next;
      }
    }
    slots[gap] = null;
  }

  int count(Endpoint.Kind kind) {
    return counts[kind.ordinal()];
  }

  int size() {
    int size = 0;
    for (int count : counts) {
      size += count;
    }
    return size;
  }

  void forEach(Consumer<Endpoint> action) {
    for (Endpoint object : slots) {
      if (object != null) {
        action.accept(object);
      }
    }
    if (base != null) {
      base.forEach(object -> {
        if (slots[slot(object)] == null && !isGone(object)) {
          action.accept(object);
        }
      });
    }
  }

  private int slot(Endpoint object) {
    int mask = slots.length - 1;
    int slot = hash(object) & mask;
    for (Endpoint there = slots[slot]; there != null; there = slots[slot]) {
      if (there.isSameObject(object)) {
        break;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void resize(int capacity) {
    @Nullable Endpoint[] old = slots;
    slots = new Endpoint[capacity];
    for (Endpoint object : old) {
      if (object != null) {
        slots[slot(object)] = object;
      }
    }
  }

  private static int hash(Endpoint object) {
    int names = 31 * object.namespace().hashCode() + object.name().hashCode();
    long mixed = (names ^ object.uidLow() ^ object.uidHigh()) * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32) ^ object.kind().ordinal();
  }
}
