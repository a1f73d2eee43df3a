package sh.retina.plugin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BpfLink;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfProgram;
import sh.retina.bpf.Btf;
import sh.retina.bpf.TcAttachment;

/**
 * A plugin whose object is in the kernel: its links and its ring. The manager's thread attaches and
 * closes.
 */
final class LoadedPlugin implements StatPoller.Reading, AutoCloseable {
  private final BpfPlugin plugin;
  private final ObjectSpec spec;
  private final BpfObject object;
  private final @Nullable Reports reports;
  private final Map<String, String> missing;
  private final List<BpfLink> hooks = new ArrayList<>();
  private final Set<AttachPoint.Links> kinds = EnumSet.noneOf(AttachPoint.Links.class);
  private final Map<Place, List<BpfLink>> links = new HashMap<>(); // the manager's thread's
  private final @Nullable AddressesOfInterest interest;
  private volatile int linkCount;
  private final Map<Integer, String> refusals = new LinkedHashMap<>();

  /** An interface, and as what it is watched. */
  private record Place(int index, AttachPoint.Links kind) {}

  private LoadedPlugin(
      BpfPlugin plugin,
      ObjectSpec spec,
      ObjectLoader.Loaded loaded,
      RecordSink sink,
      @Nullable AddressesOfInterest interest) {
    this.interest = interest;
    this.plugin = plugin;
    this.spec = spec;
    this.object = loaded.object();
    this.missing = loaded.missing();
    hooks.addAll(loaded.hooks());
    RingSpec ring = spec.ring();
    this.reports = ring == null ? null : new Reports(plugin, ring, object, sink);
    for (AttachPoint point : spec.attachPoints()) {
      AttachPoint.Links kind = kind(point);
      if (kind != null) {
        kinds.add(kind);
      }
    }
  }

  /**
   * Opens, configures and loads the object and attaches it to hooks of the kernel itself. Throws
   * what libbpf, the verifier or the BTF has against it.
   */
  static LoadedPlugin load(BpfPlugin plugin, byte[] elf, RecordSink sink, Interest interest) {
    ObjectSpec spec = plugin.spec();
    // A decoder that cannot be bound is found before an event is taken.
    plugin.decoder(Btf.ofObject(elf), plugin.attributes());
    AtomicReference<@Nullable AddressesOfInterest> addresses = new AtomicReference<>();
    ObjectLoader.Loaded loaded =
        new ObjectLoader(
                spec,
                elf,
                object -> {
                  if (plugin.heedsInterest()) {
                    AddressesOfInterest of = new AddressesOfInterest(object);
                    of.set(interest);
                    addresses.set(of);
                  }
                })
            .load();
    try {
      return new LoadedPlugin(plugin, spec, loaded, sink, addresses.get());
    } catch (RuntimeException | Error e) {
      loaded.object().close();
      throw e;
    }
  }

  BpfPlugin plugin() {
    return plugin;
  }

  /** How it reports events; null when it only counts in maps. */
  @Nullable Reports reports() {
    return reports;
  }

  /**
   * Reads what the object counted in its maps; nothing once it is closed.
   *
   * @throws IOException as the plugin says
   */
  @Override
  public synchronized void into(StatSink sink) throws IOException {
    if (object.isOpen()) {
      plugin.collect(object::map, sink);
    }
  }

  @Override
  public boolean startsAtZero() {
    return true;
  }

  /** Attaches to the interfaces that are there and lets go of those that are gone. */
  void attachLinks(WatchedLinks there, TcSettings tc) {
    links
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !there.are(entry.getKey().kind).contains(entry.getKey().index);
          if (gone) {
            entry.getValue().forEach(LoadedPlugin::detach);
          }
          return gone;
        });
    refusals
        .keySet()
        .removeIf(index -> kinds.stream().noneMatch(kind -> there.are(kind).contains(index)));
    for (AttachPoint.Links kind : kinds) {
      there.are(kind).forEach(index -> attachLink(new Place(index, kind), tc));
    }
    linkCount = (int) links.keySet().stream().map(Place::index).distinct().count();
  }

  private void attachLink(Place place, TcSettings tc) {
    if (links.containsKey(place)) {
      return;
    }
    List<BpfLink> attached = new ArrayList<>();
    try {
      for (AttachPoint point : spec.attachPoints()) {
        if (kind(point) == place.kind) {
          attached.add(attach(point, place.index, tc));
        }
      }
      links.put(place, attached);
      refusals.remove(place.index);
    } catch (BpfException e) {
      attached.forEach(LoadedPlugin::detach);
      if (e.isNoSuchInterface()) {
        refusals.remove(place.index); // it went while we were at it: nothing is left unwatched
      } else {
        refusals.put(place.index, String.valueOf(e.getMessage()));
      }
    }
  }

  /** What is attached to interfaces; a hook of the kernel is none. */
  private BpfLink attach(AttachPoint point, int index, TcSettings tc) {
    return switch (point) {
      case AttachPoint.Kernel(var name, var _) -> throw new IllegalArgumentException(name);
      case AttachPoint.SocketFilter(var program, var _) ->
          object.program(program).attachSocketFilter(index);
      case AttachPoint.TrafficControl(var program, var _, var side) ->
          object
              .program(program)
              .attachTc(
                  new TcAttachment(
                      index,
                      side == AttachPoint.Side.INGRESS
                          ? TcAttachment.Direction.INGRESS
                          : TcAttachment.Direction.EGRESS,
                      tc.mode(),
                      tc.handleOf(spec.object()),
                      tc.priority()));
    };
  }

  private static AttachPoint.@Nullable Links kind(AttachPoint point) {
    return switch (point) {
      case AttachPoint.Kernel _ -> null;
      case AttachPoint.SocketFilter(var _, var kind) -> kind;
      case AttachPoint.TrafficControl(var _, var kind, var _) -> kind;
    };
  }

  /** Hooks of the kernel that it does without, and why. */
  Map<String, String> missing() {
    return missing;
  }

  /** Interfaces that could not be instrumented, and why. */
  Map<Integer, String> refusals() {
    return Map.copyOf(refusals);
  }

  /** What keeps the ring reader from taking this plugin's events; null while nothing does. */
  @Nullable String trouble() {
    Reports of = reports;
    return of == null ? null : of.trouble();
  }

  /** Whether it watches interfaces. */
  boolean watchesLinks() {
    return !kinds.isEmpty();
  }

  /** How many interfaces are instrumented; any thread. */
  int linkCount() {
    return linkCount;
  }

  /** Detaches everything; the object stays, so that what is pending can still be read. */
  void detach() {
    hooks.forEach(LoadedPlugin::detach);
    hooks.clear();
    links.values().forEach(attached -> attached.forEach(LoadedPlugin::detach));
    links.clear();
    linkCount = 0;
  }

  /** An interface that is already gone took its links with it. */
  private static void detach(BpfLink link) {
    try {
      link.close();
    } catch (BpfException e) {
      PluginManager.LOG.debug("detach {}: {}", link.where(), e.getMessage());
    }
  }

  /** What the last sweep counted: connections in a flow table. */
  int entries() {
    Reports of = reports;
    return of == null ? 0 : of.entries();
  }

  long counter(KernelCounter counter) {
    Reports of = reports;
    return of == null ? 0 : of.counter(counter);
  }

  /** Runs of its programs that the kernel skipped, as one was under way on that CPU. */
  long misses() {
    long sum = 0;
    for (BpfProgram program : object.programs()) {
      sum += program.stats().recursionMisses();
    }
    return sum;
  }

  /** CPU time of the object's programs, ns; 0 unless the kernel measures it. */
  long kernelNs() {
    long sum = 0;
    for (BpfProgram program : object.programs()) {
      sum += program.stats().runTimeNs();
    }
    return sum;
  }

  /** Sets live knobs of the object. */
  void tune(Map<String, Long> knobs) {
    object.knobs(knobs);
  }

  /** Whose packets its programs look at from now on, where they can tell. */
  void interest(Interest in) {
    AddressesOfInterest of = interest;
    if (of != null) {
      of.set(in);
    }
  }

  /** What it counted so far, for when it is gone. */
  RetiredCounts retiredCounts() {
    Map<KernelCounter, Long> counters = new EnumMap<>(KernelCounter.class);
    for (KernelCounter counter : KernelCounter.values()) {
      counters.put(counter, counter(counter));
    }
    return new RetiredCounts(counters, misses(), kernelNs());
  }

  @Override
  public synchronized void close() {
    detach();
    object.close();
  }
}
