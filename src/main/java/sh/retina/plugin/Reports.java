package sh.retina.plugin;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.BpfMap;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfProgram;
import sh.retina.bpf.RingBuffer;
import sh.retina.bpf.SpanHandler;

/**
 * How a loaded object reports: its ring, the programs that go through its table, and what it
 * counts. The ring reader's thread calls {@link #sweep} and {@link #flush} and reads the ring; the
 * counters are for any thread.
 */
final class Reports implements RecordSource {
  /** Prefix of programs that are run as system calls. */
  static final String PREEMPTIBLE = "sys_";

  private static final int ABSENT = -1;

  /**
   * Sweeps that are left out after one that found the table empty: it takes as long as a full one,
   * and a flow or drop that is new shows itself by a record, unless it is not sampled.
   */
  private static final int LEFT_OUT_SWEEPS = 3;

  private static final byte[] NO_PACKET = new byte[64];

  private final String plugin;
  private final boolean isReadFirst;
  private final RingBuffer ring;
  private final RecordSink.Writer writer;
  private final boolean preemptible;
  private final @Nullable BpfProgram sweep;
  private final @Nullable BpfProgram flush;
  private final BpfMap stats;
  private final int[] counterIndexes = new int[KernelCounter.values().length];
  private volatile int entries;
  private volatile @Nullable String trouble;
  private int leftOut = LEFT_OUT_SWEEPS;

  /** Throws IllegalArgumentException when the object lacks a counter that each must have. */
  Reports(EventPlugin of, RingSpec spec, BpfObject object, RecordSink sink) {
    this.plugin = of.name();
    this.isReadFirst = of.isReadFirst();
    this.ring = object.ringBuffer(spec.ring());
    this.preemptible =
        object.programs().stream().anyMatch(p -> p.name().equals(PREEMPTIBLE + spec.sweep()));
    this.sweep = program(object, spec.sweep());
    this.flush = program(object, spec.flush());
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
    this.writer = sink.open(plugin, object.btf().bytes(), of.attributes());
  }

  private @Nullable BpfProgram program(BpfObject object, @Nullable String name) {
    return name == null ? null : object.program(preemptible ? PREEMPTIBLE + name : name);
  }

  @Override
  public String plugin() {
    return plugin;
  }

  @Override
  public int drain(SpanHandler handler, long maxBytes) {
    return ring.drain(handler, maxBytes);
  }

  @Override
  public boolean isReadFirst() {
    return isReadFirst;
  }

  @Override
  public long sizeBytes() {
    return ring.sizeBytes();
  }

  @Override
  public RecordSink.Writer writer() {
    return writer;
  }

  /** What keeps the ring reader from taking this plugin's events; null while nothing does. */
  @Nullable String trouble() {
    return trouble;
  }

  @Override
  public void trouble(@Nullable String what) {
    trouble = what;
  }

  /** Reports what is due and deletes what has ended; called once a second. */
  @Override
  public void sweep() {
    BpfProgram program = sweep;
    if (program == null) {
      return;
    }
    if (entries == 0 && leftOut < LEFT_OUT_SWEEPS) {
      leftOut++;
      return;
    }
    leftOut = 0;
    entries = run(program);
  }

  /** The ring had records, so the table may have entries: the next sweep is not left out. */
  @Override
  public void tookRecords() {
    leftOut = LEFT_OUT_SWEEPS;
  }

  @Override
  public void flush() {
    BpfProgram program = flush;
    if (program != null) {
      run(program);
    }
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
}
