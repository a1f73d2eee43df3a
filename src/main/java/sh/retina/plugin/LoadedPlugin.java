package sh.retina.plugin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
import sh.retina.bpf.BpfSpec;
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
  private final List<BpfLink> hooks = new ArrayList<>();
  private final Map<Integer, List<BpfLink>> links = new HashMap<>();
  private final Map<Integer, String> refusals = new LinkedHashMap<>();

  private LoadedPlugin(BpfPlugin plugin, ObjectSpec spec, BpfObject object, RecordSink sink) {
    this.plugin = plugin;
    this.spec = spec;
    this.object = object;
    RingSpec ring = spec.ring();
    this.reports = ring == null ? null : new Reports(plugin, ring, object, sink);
  }

  /**
   * Opens, configures and loads the object. Throws what libbpf, the verifier or the BTF has against
   * it.
   */
  static LoadedPlugin load(BpfPlugin plugin, byte[] elf, RecordSink sink) {
    ObjectSpec spec = plugin.spec();
    BpfObject object = open(spec, elf);
    try {
      // A decoder that cannot be bound is found before an event is taken.
      plugin.decoder(object.btf(), plugin.attributes());
      return new LoadedPlugin(plugin, spec, object, sink);
    } catch (RuntimeException | Error e) {
      object.close();
      throw e;
    }
  }

  /**
   * With sweeps that can be interrupted, where the object has such and the kernel takes them; those
   * of tc hold up packets for as long as they run.
   */
  private static BpfObject open(ObjectSpec spec, byte[] elf) {
    try (BpfSpec open = configured(spec, elf)) {
      RingSpec ring = spec.ring();
      if (ring == null || !open.programNames().contains(Reports.PREEMPTIBLE + ring.sweep())) {
        return open.load();
      }
      open.autoload(Reports.PREEMPTIBLE + ring.sweep(), true)
          .autoload(Reports.PREEMPTIBLE + ring.flush(), true);
      return open.load();
    } catch (BpfException e) {
      PluginManager.LOG.info(
          "object={} once more without preemptible sweeps: {}", spec.object(), e.getMessage());
    }
    try (BpfSpec open = configured(spec, elf)) {
      return open.load();
    }
  }

  private static BpfSpec configured(ObjectSpec spec, byte[] elf) {
    BpfSpec open = BpfObject.open(spec.object(), elf);
    try {
      spec.knobs().forEach(open::knob);
      spec.arrays().forEach((name, values) -> open.knob(name, bytes(values)));
      spec.mapSizes().forEach(open::mapSize);
      return open;
    } catch (RuntimeException e) {
      open.close();
      throw e;
    }
  }

  private static byte[] bytes(int[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.nativeOrder());
    bytes.asIntBuffer().put(values);
    return bytes.array();
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

  /** Attaches to hooks of the kernel itself. */
  void attachHooks() {
    for (AttachPoint point : spec.attachPoints()) {
      if (point instanceof AttachPoint.Kernel(var program)) {
        hooks.add(object.program(program).attach());
      }
    }
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
