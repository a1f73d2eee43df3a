package sh.retina.identity;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;

/**
 * Who owns which address and cgroup, as of one position in the journal. Each reader of the journal
 * has its own and applies the changes that it meets, so that a past event is enriched with what
 * held then. Not thread-safe: what one thread writes it publishes to others through the journal.
 *
 * <p>{@link #endpoint} and {@link #endpointOfCgroup} are on the hot path: one probe by a primitive
 * hash, no lock and nothing allocated. A change costs what it touches, whatever is known.
 */
public final class IdentityTable {
  private final UnaryOperator<Endpoint> shared;
  private ObjectSet objects = new ObjectSet();
  private Owners owners = new Owners();
  private CgroupOwners cgroups = new CgroupOwners();
  private Map<Integer, String> interfaces = new HashMap<>();
  private Map<Long, String> symbols = new HashMap<>();

  /** Whether the cgroups are another table's, and a change has to make them this one's. */
  private boolean borrowsCgroups;

  /** The same of the names of interfaces and kernel functions, of which there are few. */
  private boolean borrowsNames;

  private ContextChange.@Nullable DetailStepped detail;

  /** What an address is that nobody owns. */
  private Endpoint outside = Endpoint.WORLD;

  public IdentityTable() {
    this(UnaryOperator.identity());
  }

  /**
   * @param shared an equal endpoint that others hold as well, so that many tables take the memory
   *     of one; else the one that is given
   */
  public IdentityTable(UnaryOperator<Endpoint> shared) {
    this.shared = shared;
  }

  /**
   * Forgets everything and begins with what another table knows: only what changes from here on
   * takes memory. The other must not change any more, nor have begun with a third.
   */
  public void beginWith(IdentityTable base) {
    objects = new ObjectSet(base.objects);
    owners = new Owners(base.owners);
    cgroups = base.cgroups;
    interfaces = base.interfaces;
    symbols = base.symbols;
    borrowsCgroups = true;
    borrowsNames = true;
    detail = base.detail;
    outside = base.outside;
  }

  private CgroupOwners ownCgroups() {
    if (borrowsCgroups) {
      cgroups = new CgroupOwners(cgroups);
      borrowsCgroups = false;
    }
    return cgroups;
  }

  private void ownNames() {
    if (borrowsNames) {
      interfaces = new HashMap<>(interfaces);
      symbols = new HashMap<>(symbols);
      borrowsNames = false;
    }
  }

  /**
   * Owner of an address: its object; {@link Endpoint#UNKNOWN} for the all-zero address of an
   * observation without addresses, and for any other as long as the cluster's objects are not
   * known; then {@link Endpoint#WORLD}.
   */
  public Endpoint endpoint(long high, long low) {
    Endpoint owner = owners.get(high, low);
    if (owner != null) {
      return owner;
    }
    return (high | low) == 0 ? Endpoint.UNKNOWN : outside;
  }

  /** The object with a key. */
  public Optional<Endpoint> object(String key) {
    return EndpointKey.parse(key).map(this::known);
  }

  /** Owner of a cgroup, {@link Endpoint#UNKNOWN} if none is known. */
  public Endpoint endpointOfCgroup(long cgroupId) {
    Endpoint owner = cgroups.owner(cgroupId);
    return owner == null ? Endpoint.UNKNOWN : owner;
  }

  /** Name of an interface by index, empty if unknown. */
  public String interfaceName(int index) {
    return interfaces.getOrDefault(index, "");
  }

  /** Whose a cgroup is, as {@link ContextChange.CgroupNamed} says; empty if it was not named. */
  public String cgroup(long id) {
    return cgroups.name(id);
  }

  /** Kernel function at an address, empty if it was not named. */
  public String symbol(long address) {
    return symbols.getOrDefault(address, "");
  }

  /** Objects of a kind, for a gauge. */
  public int count(Endpoint.Kind kind) {
    return objects.count(kind);
  }

  /** The state that is known of an object; null if it is not known. */
  public @Nullable Endpoint known(Endpoint object) {
    return objects.get(object);
  }

  /** Whether the cluster's objects are still awaited. */
  public boolean isWaiting() {
    return outside == Endpoint.UNKNOWN;
  }

  /** Applies one excerpt of the journal. */
  public void apply(List<ContextChange> changes, boolean snapshot) {
    if (snapshot) {
      retain(changes);
    }
    boolean cgroupsNamed = false;
    for (ContextChange change : changes) {
      switch (change) {
        case ContextChange.EndpointUp(var endpoint) -> up(endpoint);
        case ContextChange.EndpointGone(var key) -> EndpointKey.parse(key).ifPresent(this::gone);
        case ContextChange.InterfaceNamed(var index, var name) -> {
          ownNames();
          if (name.isEmpty()) {
            interfaces.remove(index);
          } else {
            interfaces.put(index, name);
          }
        }
        case ContextChange.SymbolNamed(var address, var name) -> {
          ownNames();
          symbols.put(address, name);
        }
        case ContextChange.CgroupNamed(var id, var name) ->
            cgroupsNamed |= ownCgroups().name(id, name);
        case ContextChange.DetailStepped stepped -> detail = stepped;
        case ContextChange.ClusterAwaited(var isAwaited) ->
            outside = isAwaited ? Endpoint.UNKNOWN : Endpoint.WORLD;
      }
    }
    if (cgroupsNamed) {
      // Rare, so a search through all objects beats an index of all by UID.
      objects.forEach(cgroups::up);
    }
  }

  /** Everything known, as changes that make an equal table of an empty one. */
  public List<ContextChange> snapshot() {
    List<ContextChange> changes = new ArrayList<>(objects.size() + 64);
    if (isWaiting()) {
      changes.add(new ContextChange.ClusterAwaited(true));
    }
    // In the order of their claims where several claim an address: the last one has it.
    objects.forEach(object -> {
      if (!owners.isContested(object)) {
        changes.add(new ContextChange.EndpointUp(object));
      }
    });
    owners.contested().forEach(object -> changes.add(new ContextChange.EndpointUp(object)));
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

  /** Forgets what a snapshot does not hold; what it holds as it is known stays the same object. */
  private void retain(List<ContextChange> snapshot) {
    ObjectSet kept = new ObjectSet();
    Set<Long> keptCgroups = new HashSet<>();
    for (ContextChange change : snapshot) {
      if (change instanceof ContextChange.EndpointUp(var endpoint)) {
        kept.put(endpoint);
      } else if (change instanceof ContextChange.CgroupNamed(var id, _)) {
        keptCgroups.add(id);
      }
    }
    List<Endpoint> gone = new ArrayList<>();
    objects.forEach(object -> {
      if (kept.get(object) == null) {
        gone.add(object);
      }
    });
    gone.forEach(this::gone);
    ownNames();
    interfaces.clear();
    symbols.clear();
    ownCgroups().retain(keptCgroups);
    detail = null;
    outside = Endpoint.WORLD;
  }

  private void up(Endpoint state) {
    Endpoint old = objects.get(state);
    Endpoint endpoint = old != null && old.equals(state) ? old : shared.apply(state);
    if (endpoint != old) {
      objects.put(endpoint);
      owners.replace(old, endpoint);
    }
    if (cgroups.concerns(endpoint)) {
      ownCgroups().up(endpoint);
    }
  }

  private void gone(Endpoint object) {
    Endpoint old = objects.get(object);
    if (old != null) {
      objects.remove(old);
      owners.replace(old, null);
      if (cgroups.concerns(old)) {
        ownCgroups().gone(old);
      }
    }
  }
}
