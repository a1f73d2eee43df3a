package sh.retina.plugin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
final class LoadedPlugin implements AutoCloseable {
  private final BpfPlugin plugin;
  private final ObjectSpec spec;
  private final BpfObject object;
  private final @Nullable Reports reports;
  private final Map<String, String> missing;
  private final List<BpfLink> hooks = new ArrayList<>();
  private final Map<Integer, List<BpfLink>> links = new HashMap<>();
  private final Map<Integer, String> refusals = new LinkedHashMap<>();

  private LoadedPlugin(
      BpfPlugin plugin, ObjectSpec spec, ObjectLoader.Loaded loaded, RecordSink sink) {
    this.plugin = plugin;
    this.spec = spec;
    this.object = loaded.object();
    this.missing = loaded.missing();
    hooks.addAll(loaded.hooks());
    RingSpec ring = spec.ring();
    this.reports = ring == null ? null : new Reports(plugin, ring, object, sink);
  }

  /**
   * Opens, configures and loads the object and attaches it to hooks of the kernel itself. Throws
   * what libbpf, the verifier or the BTF has against it.
   */
  static LoadedPlugin load(BpfPlugin plugin, byte[] elf, RecordSink sink) {
    ObjectSpec spec = plugin.spec();
    // A decoder that cannot be bound is found before an event is taken.
    plugin.decoder(Btf.ofObject(elf), plugin.attributes());
    ObjectLoader.Loaded loaded = new ObjectLoader(spec, elf).load();
    try {
      return new LoadedPlugin(plugin, spec, loaded, sink);
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
   * Reads what the object counted in its maps; not while the object is closed.
   *
   * @throws IOException as the plugin says
   */
  void collect(StatSink sink) throws IOException {
    plugin.collect(object::map, sink);
  }

  /** Attaches to the interfaces that are there and lets go of those that are gone. */
  void attachLinks(Set<Integer> pods, Set<Integer> networks, TcSettings tc) {
    if (!watchesLinks()) {
      return;
    }
    links
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !pods.contains(entry.getKey()) && !networks.contains(entry.getKey());
          if (gone) {
            entry.getValue().forEach(LoadedPlugin::detach);
          }
          return gone;
        });
    refusals.keySet().removeIf(link -> !pods.contains(link) && !networks.contains(link));
    pods.forEach(link -> attachLink(link, AttachPoint.Links.PODS, tc));
    networks.forEach(link -> attachLink(link, AttachPoint.Links.NETWORK, tc));
  }

  private void attachLink(int index, AttachPoint.Links kind, TcSettings tc) {
    if (links.containsKey(index)) {
      return;
    }
    List<BpfLink> attached = new ArrayList<>();
    try {
      for (AttachPoint point : spec.attachPoints()) {
        if (point instanceof AttachPoint.TrafficControl(var program, var wanted, var side)
            && wanted == kind) {
          attached.add(
              object
                  .program(program)
                  .attachTc(
                      new TcAttachment(
                          index,
                          side == AttachPoint.Side.INGRESS
                              ? TcAttachment.Direction.INGRESS
                              : TcAttachment.Direction.EGRESS,
                          tc.mode(),
                          tc.handle(),
                          tc.priority())));
        }
      }
      links.put(index, attached);
      refusals.remove(index);
    } catch (BpfException e) {
      attached.forEach(LoadedPlugin::detach);
      if (e.isNoSuchInterface()) {
        refusals.remove(index); // it went while we were at it: nothing is left unwatched
      } else {
        refusals.put(index, String.valueOf(e.getMessage()));
      }
    }
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
    return spec.attachPoints().stream().anyMatch(AttachPoint.TrafficControl.class::isInstance);
  }

  /** How many interfaces are instrumented. */
  int linkCount() {
    return links.size();
  }

  /** Detaches everything; the object stays, so that what is pending can still be read. */
  void detach() {
    hooks.forEach(LoadedPlugin::detach);
    hooks.clear();
    links.values().forEach(attached -> attached.forEach(LoadedPlugin::detach));
    links.clear();
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

  @Override
  public void close() {
    detach();
    object.close();
  }
}
