package sh.retina.bpf;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Java against C over one mapping of one ring that the kernel has filled, in turns on one thread:
 * {@code bin/bench ring}. CPU time of the thread, so that what else runs on the machine disturbs
 * only the caches; needs root. The C loops are in src/test/c/bench/ring_reference.c.
 */
final class RingComparison implements AutoCloseable {
  private static final long RING_BYTES = 4 << 20;
  private static final int ROUNDS = 60;
  private static final int WARM_UP = 20;
  private static final int REPEAT = 10;
  private static final int KEYS = 1024;
  private static final int SLOTS = 4096;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Arena arena = Arena.ofConfined();
  private final BpfObject object;
  private final BpfField.U64 number;
  private final BpfField.U64 start;
  private final long consumer;
  private final long producer;
  private final RingBuffer ring;
  private final RingRecords records = new RingRecords();
  private final long[] high = new long[SLOTS];
  private final long[] low = new long[SLOTS];
  private final long[] packets = new long[SLOTS];
  private final long[] bytes = new long[SLOTS];
  private final SpanHandler scanned = (_, _, _) -> {};
  private final SpanHandler aggregated = this::aggregate;
  private final SymbolLookup reference;
  private final MethodHandle cScan;
  private final MethodHandle cAggregate;
  private final MethodHandle libbpfConsume;
  private final MethodHandle libbpfClose;
  private final MemorySegment libbpf;

  private RingComparison(Path library) throws Throwable {
    try (BpfSpec spec = BpfObject.open("emitting", TestObjects.elf("emitting"))) {
      object = spec.mapSize("events", (int) RING_BYTES).load();
    }
    number = object.btf().struct("emitted_event").u64("number");
    start = object.btf().struct("emitted_event").u64("start");
    int fd = object.map("events").fd();
    long page = Libc.getpagesize();
    consumer = Libc.mmap(page, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd, 0);
    producer = Libc.mmap(page + 2 * RING_BYTES, Libc.PROT_READ, Libc.MAP_SHARED, fd, page);
    ring = new RingBuffer(consumer, producer, producer + page, RING_BYTES, () -> {});
    reference = SymbolLookup.libraryLookup(library, arena);
    ValueLayout.OfLong u64 = ValueLayout.JAVA_LONG;
    FunctionDescriptor loop = FunctionDescriptor.of(u64, u64, u64, u64, u64);
    cScan = function("ring_scan", loop);
    cAggregate = function("ring_aggregate", loop);
    libbpfConsume =
        function("ring_libbpf_consume", FunctionDescriptor.of(u64, ValueLayout.ADDRESS));
    libbpfClose = function("ring_libbpf_close", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
    libbpf =
        (MemorySegment)
            function(
                    "ring_libbpf_open",
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT))
                .invokeExact(fd);
  }

  private MethodHandle function(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(reference.findOrThrow(name), type);
  }

  public static void main(String[] args) throws Throwable {
    try (RingComparison comparison = new RingComparison(Path.of(args[0]).toAbsolutePath())) {
      comparison.run();
    }
  }

  private interface Pass {
    long records() throws Throwable;
  }

  private void run() throws Throwable {
    long page = Libc.getpagesize();
    long data = producer + page;
    long mask = RING_BYTES - 1;
    Pass[] passes = {
      () -> (long) cScan.invokeExact(consumer, producer, data, mask),
      () -> drain(scanned),
      () -> (long) cAggregate.invokeExact(consumer, producer, data, mask),
      () -> drain(aggregated),
      () -> (long) libbpfConsume.invokeExact(libbpf)
    };
    double[][] ns = new double[passes.length][ROUNDS];
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      fill();
      for (int i = 0; i < passes.length; i++) {
        double perEvent = measure(passes[i]);
        if (round >= 0) {
          ns[i][round] = perEvent;
        }
      }
      NativeMemory.putLongRelease(consumer, NativeMemory.longAt(producer));
    }
    System.out.println("ns of CPU per 40-byte record of a kernel ring, min / median:");
    print("scan", "C", ns[0], "Java", ns[1]);
    print("aggregate", "C", ns[2], "Java", ns[3]);
    print("aggregate", "C libbpf", ns[4], "Java", ns[3]);
  }

  /** In spans, as where the ring ends one of them does. */
  private long drain(SpanHandler handler) {
    long all = 0;
    long records;
    do {
      records = ring.drain(handler, Long.MAX_VALUE);
      all += records;
    } while (records > 0);
    return all;
  }

  private void fill() {
    MemorySegment emission = arena.allocate(8, 8);
    emission.set(ValueLayout.JAVA_INT, 0, (int) (RING_BYTES / 48 - 1));
    object.program("on_demand").run(emission);
  }

  /** The same records again and again: a position that went on is put back. */
  private double measure(Pass pass) throws Throwable {
    long from = NativeMemory.longAt(consumer);
    long expected = (RING_BYTES / 48 - 1) * REPEAT;
    long seen = 0;
    long before = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < REPEAT; i++) {
      seen += pass.records();
      NativeMemory.putLongRelease(consumer, from);
    }
    long took = threads.getCurrentThreadCpuTime() - before;
    if (seen != expected) {
      throw new IllegalStateException("read " + seen + " of " + expected + " records");
    }
    return (double) took / seen;
  }

  private void aggregate(long address, long byteCount, int count) {
    records.over(address, byteCount);
    while (records.next()) {
      long at = records.address();
      long keyHigh = (number.get(at) & KEYS - 1) + 1;
      long keyLow = start.get(at);
      long mixed = (keyHigh * 0x9E3779B97F4A7C15L ^ keyLow) * 0xBF58476D1CE4E5B9L;
      int slot = (int) (mixed ^ mixed >>> 32) & SLOTS - 1;
      while (high[slot] != 0 && (high[slot] != keyHigh || low[slot] != keyLow)) {
        slot = slot + 1 & SLOTS - 1;
      }
      high[slot] = keyHigh;
      low[slot] = keyLow;
      packets[slot]++;
      bytes[slot] += records.length();
    }
  }

  private static void print(String what, String one, double[] first, String two, double[] second) {
    double[] ratios = new double[first.length];
    Arrays.setAll(ratios, i -> second[i] / first[i]);
    System.out.printf(
        Locale.ROOT,
        "%-10s %-9s %5.2f / %5.2f   %s %5.2f / %5.2f   %s:%s of the mins %.2f, median of rounds"
            + " %.2f%n",
        what,
        one,
        min(first),
        median(first),
        two,
        min(second),
        median(second),
        two,
        one,
        min(second) / min(first),
        median(ratios));
  }

  private static double min(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double median(double[] values) {
    return Arrays.stream(values).sorted().toArray()[values.length / 2];
  }

  @Override
  public void close() throws Exception {
    try {
      libbpfClose.invokeExact(libbpf);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    object.close();
    arena.close();
  }
}
