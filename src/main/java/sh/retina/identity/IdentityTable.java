package sh.retina.identity;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/**
 * Who owns which address, as of one position in the journal. Each reader of the journal has its own
 * and applies the changes that it meets, so that a past event is enriched with what held then. Not
 * thread-safe.
 *
 * <p>{@link #endpoint} is on the hot path: open addressing over two longs, no lock and nothing
 * allocated. Changes are rare, so the index is rebuilt from the objects when one of them loses an
 * address.
 */
public final class IdentityTable {
  private static final int MIN_CAPACITY = 64;

  /** Containers come and go; the names of the oldest go when there are more. */
  private static final int MAX_CGROUPS = 8_192;

  private final Map<String, Endpoint> byKey = new HashMap<>();
  private final Map<Long, Endpoint> byCgroup = new HashMap<>();
  private final Map<Integer, String> interfaces = new HashMap<>();
  private final Map<Long, String> symbols = new HashMap<>();
  private final Map<Long, String> cgroups = new LinkedHashMap<>();
  private ContextChange.@Nullable DetailStepped detail;

  // Parallel arrays: slot i owns highs[i], lows[i]; an empty slot has no owner.
  private long[] highs = new long[MIN_CAPACITY];
  private long[] lows = new long[MIN_CAPACITY];
  private Endpoint[] owners = new Endpoint[MIN_CAPACITY];
  private int used;

  /**
   * Owner of an address: its object; {@link Endpoint#UNKNOWN} for the all-zero address of an
   * observation without addresses; {@link Endpoint#WORLD} for any other.
   */
  public Endpoint endpoint(long high, long low) {
    Endpoint[] table = owners;
    int mask = table.length - 1;
    for (int slot = hash(high, low) & mask; table[slot] != null; slot = slot + 1 & mask) {
      if (lows[slot] == low && highs[slot] == high) {
        return table[slot];
      }
    }
    return (high | low) == 0 ? Endpoint.UNKNOWN : Endpoint.WORLD;
  }

  /** Owner of a cgroup, {@link Endpoint#UNKNOWN} if none is known. */
  public Endpoint endpointOfCgroup(long cgroupId) {
    return byCgroup.getOrDefault(cgroupId, Endpoint.UNKNOWN);
  }

  /** Name of an interface by index, empty if unknown. */
  public String interfaceName(int index) {
    return interfaces.getOrDefault(index, "");
  }

  /** Whose a cgroup is, as {@link ContextChange.CgroupNamed} says; empty if it was not named. */
  public String cgroup(long id) {
    return cgroups.getOrDefault(id, "");
  }

  /** Kernel function at an address, empty if it was not named. */
  public String symbol(long address) {
    return symbols.getOrDefault(address, "");
  }

  /** Objects of a kind, for a gauge. */
  public int count(Endpoint.Kind kind) {
    int count = 0;
    for (Endpoint endpoint : byKey.values()) {
      if (endpoint.kind() == kind) {
        count++;
      }
    }
    return count;
  }

  /** Applies one excerpt of the journal. */
  public void apply(List<ContextChange> changes, boolean snapshot) {
    if (snapshot) {
      byKey.clear();
      interfaces.clear();
      symbols.clear();
      cgroups.clear();
      detail = null;
    }
    boolean addressesLost = snapshot;
    for (ContextChange change : changes) {
      switch (change) {
        case ContextChange.EndpointUp(var endpoint) ->
            addressesLost |= byKey.put(endpoint.key(), endpoint) != null;
        case ContextChange.EndpointGone(var key) -> addressesLost |= byKey.remove(key) != null;
        case ContextChange.InterfaceNamed(var index, var name) -> {
          if (name.isEmpty()) {
            interfaces.remove(index);
          } else {
            interfaces.put(index, name);
          }
        }
        case ContextChange.SymbolNamed(var address, var name) -> symbols.put(address, name);
        case ContextChange.CgroupNamed(var id, var name) -> {
          cgroups.put(id, name);
          if (cgroups.size() > MAX_CGROUPS) {
            cgroups.remove(cgroups.keySet().iterator().next());
          }
        }
        case ContextChange.DetailStepped stepped -> detail = stepped;
      }
    }
    if (addressesLost) {
      rebuild();
    } else {
      for (ContextChange change : changes) {
        if (change instanceof ContextChange.EndpointUp(var endpoint)) {
          index(endpoint);
        }
      }
    }
  }

  /** Everything known, as changes that make an equal table of an empty one. */
  public List<ContextChange> snapshot() {
    List<ContextChange> changes = new ArrayList<>();
    byKey.values().forEach(endpoint -> changes.add(new ContextChange.EndpointUp(endpoint)));
    interfaces.forEach((index, name) -> changes.add(new ContextChange.InterfaceNamed(index, name)));
    symbols.forEach((address, name) -> changes.add(new ContextChange.SymbolNamed(address, name)));
    cgroups.forEach((id, name) -> changes.add(new ContextChange.CgroupNamed(id, name)));
    if (detail != null) {
      changes.add(detail);
    }
    return changes;
  }

  /** The last step of the overhead guard; null while detail was as configured all the time. */
  public ContextChange.@Nullable DetailStepped detail() {
    return detail;
  }

  private void rebuild() {
    highs = new long[MIN_CAPACITY];
    lows = new long[MIN_CAPACITY];
    owners = new Endpoint[MIN_CAPACITY];
    used = 0;
    byCgroup.clear();
    byKey.values().forEach(this::index);
  }

  private void index(Endpoint endpoint) {
    for (IpAddress address : endpoint.addresses()) {
      put(address.high(), address.low(), endpoint);
    }
    for (long cgroup : endpoint.cgroupIds()) {
      byCgroup.put(cgroup, endpoint);
    }
  }

  private void put(long high, long low, Endpoint owner) {
    if (used * 2 >= owners.length) {
      grow();
    }
    int mask = owners.length - 1;
    int slot = hash(high, low) & mask;
    while (owners[slot] != null && !(lows[slot] == low && highs[slot] == high)) {
      slot = slot + 1 & mask;
    }
    if (owners[slot] == null) {
      used++;
    }
    highs[slot] = high;
    lows[slot] = low;
    owners[slot] = owner;
  }

  private void grow() {
    long[] oldHighs = highs;
    long[] oldLows = lows;
    Endpoint[] oldOwners = owners;
    highs = new long[oldOwners.length * 2];
    lows = new long[oldOwners.length * 2];
    owners = new Endpoint[oldOwners.length * 2];
    used = 0;
    for (int i = 0; i < oldOwners.length; i++) {
      Endpoint owner = oldOwners[i];
      if (owner != null) {
        put(oldHighs[i], oldLows[i], owner);
      }
    }
  }

  private static int hash(long high, long low) {
    long mixed = (high * 0x9E3779B97F4A7C15L ^ low) * 0xBF58476D1CE4E5B9L;
    return (int) (mixed ^ mixed >>> 32);
  }
}
