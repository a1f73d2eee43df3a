package sh.retina.identity;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * The objects that are known, one state of each, found by kind, namespace, name and UID without a
 * key of its own per object. Open addressing, as in {@link AddressIndex}. Not thread-safe.
 */
final class ObjectSet {
  private static final int MIN_CAPACITY = 64;

  private @Nullable Endpoint[] slots = new Endpoint[MIN_CAPACITY];
  private final int[] counts = new int[Endpoint.Kind.values().length];
  private int used;

  /** The state that is known of an object, null if it is not known. */
  @Nullable Endpoint get(Endpoint object) {
    return slots[slot(object)];
  }

  /** Replaces the state that was known of the object. */
  void put(Endpoint object) {
    if (used * 2 >= slots.length) {
      resize(slots.length * 2);
    }
    int slot = slot(object);
    if (slots[slot] == null) {
      used++;
      counts[object.kind().ordinal()]++;
    }
    slots[slot] = object;
  }

  void remove(Endpoint object) {
    int mask = slots.length - 1;
    int gap = slot(object);
    if (slots[gap] == null) {
      return;
    }
    used--;
    counts[object.kind().ordinal()]--;
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
    return used;
  }

  void forEach(Consumer<Endpoint> action) {
    for (Endpoint object : slots) {
      if (object != null) {
        action.accept(object);
      }
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
