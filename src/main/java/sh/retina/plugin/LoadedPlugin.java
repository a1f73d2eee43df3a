package sh.retina.plugin;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BpfLink;
import sh.retina.bpf.BpfMap;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfProgram;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.RingBuffer;
import sh.retina.bpf.TcAttachment;

/**
 * A plugin whose object is in the kernel: its links and its ring. The manager's thread attaches and
 * closes; the ring reader's thread calls {@link #sweep}, {@link #flush} and reads the ring.
 */
final class LoadedPlugin implements AutoCloseable {
  /** Prefix of programs that are run as system calls. */
  private static final String PREEMPTIBLE = "sys_";

  private static final int ABSENT = -1;

  /**
   * Sweeps that are left out after one that found the table empty: it takes as long as a full one,
   * and a flow or drop that is new shows itself by a record, unless it is not sampled.
   */
  private static final int LEFT_OUT_SWEEPS = 3;

  private static final byte[] NO_PACKET = new byte[64];

  private final BpfPlugin plugin;
  private final ObjectSpec spec;
  private final BpfObject object;
  private final RingBuffer ring;
  private final RecordSink.Writer writer;
  private final boolean preemptible;
  private final BpfProgram sweep;
  private final BpfProgram flush;
  private final List<BpfLink> hooks = new ArrayList<>();
  private final Map<Integer, List<BpfLink>> links = new HashMap<>();
  private final Map<Integer, String> refusals = new LinkedHashMap<>();
  private final BpfMap stats;
  private final int[] counterIndexes = new int[KernelCounter.values().length];
  private volatile int entries;
  private volatile @Nullable String trouble;
  private int leftOut = LEFT_OUT_SWEEPS;

  private LoadedPlugin(BpfPlugin plugin, ObjectSpec spec, BpfObject object, RecordSink sink) {
    this.plugin = plugin;
    this.spec = spec;
    this.object = object;
    this.ring = object.ringBuffer(spec.ring());
    this.preemptible =
        object.programs().stream().anyMatch(p -> p.name().equals(PREEMPTIBLE + spec.sweep()));
    String prefix = preemptible ? PREEMPTIBLE : "";
    this.sweep = object.program(prefix + spec.sweep());
    this.flush = object.program(prefix + spec.flush());
    this.stats = object.map(spec.stats());
    String counterPrefix = spec.counters().toUpperCase(Locale.ROOT) + "_";
    Map<String, Long> indexes = object.btf().enumValues(spec.counters());
    for (KernelCounter counter : KernelCounter.values()) {
      Integer index = counter.index(counterPrefix, indexes);
      if (index == null && counter.isRequired()) {
        throw new IllegalArgumentException(
            "enum "
                + spec.counters()
                + " has no "
                + counterPrefix
                + counter.name()
                + "; it has "
                + indexes.keySet());
      }
      counterIndexes[counter.ordinal()] = index == null ? ABSENT : index;
    }
    this.writer = sink.open(plugin.name(), object.btf().bytes(), plugin.attributes());
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
      if (!open.programNames().contains(PREEMPTIBLE + spec.sweep())) {
        return open.load();
      }
      open.autoload(PREEMPTIBLE + spec.sweep(), true).autoload(PREEMPTIBLE + spec.flush(), true);
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

  RingBuffer ring() {
    return ring;
  }

  RecordSink.Writer writer() {
    return writer;
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
    return trouble;
  }

  /** For the ring reader's thread. */
  void trouble(@Nullable String what) {
    trouble = what;
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

  /** Reports what is due and deletes what has ended; called once a second. */
  void sweep() {
    if (entries == 0 && leftOut < LEFT_OUT_SWEEPS) {
      leftOut++;
      return;
    }
    leftOut = 0;
    entries = run(sweep);
  }

  /** The ring had records, so the table may have entries: the next sweep is not left out. */
  void tookRecords() {
    leftOut = LEFT_OUT_SWEEPS;
  }

  /** Reports all that is pending. */
  void flush() {
    run(flush);
  }

  private int run(BpfProgram program) {
    return preemptible
        ? program.run(MemorySegment.NULL).returned()
        : program.testRun(NO_PACKET, 1).returned();
  }

  /** What the last sweep counted: connections in a flow table. */
  int entries() {
    return entries;
  }

  long counter(KernelCounter counter) {
    int index = counterIndexes[counter.ordinal()];
    return index == ABSENT ? 0 : stats.sumPerCpu(index);
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
