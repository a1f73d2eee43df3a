package sh.retina.pipeline;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfProgram;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.RingBuffer;

/**
 * The whole path over a ring that the real packetparser fills, an event for each packet: {@code
 * bin/bench path}. Packets come by BPF_PROG_TEST_RUN; only what user space does with their events
 * is timed, in CPU time of the one thread that does all of it. Needs root.
 */
final class KernelPath {
  private static final int FLOWS = 256;
  private static final int PACKETS_PER_FLOW = 64;
  private static final int ROUNDS = 150;
  private static final int WARM_UP = 100;
  private static final long JOURNAL_BYTES = 512L << 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final double[] intoJournal = new double[ROUNDS];
  private final double[] intoSeries = new double[ROUNDS];
  private final double[] whole = new double[ROUNDS];
  private long allocated;
  private long events;

  private KernelPath() {}

  public static void main(String[] args) throws IOException {
    Path parent = Path.of(System.getProperty("retina.bench.directory", "target"));
    Path directory = Files.createTempDirectory(Files.createDirectories(parent), "bench-journal");
    KernelPath measured = new KernelPath();
    try (UserPath path = new UserPath(directory, JOURNAL_BYTES);
        BpfSpec spec = BpfObject.open("packetparser", elf());
        BpfObject object = spec.knob("aggregation_low", 1).mapSize("flow_events", 4 << 20).load();
        RingBuffer ring = UserPath.ring(object)) {
      measured.run(path, object.program("on_pod_tx"), ring);
    }
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  private static byte[] elf() throws IOException {
    try (var in = KernelPath.class.getResourceAsStream("/bpf/packetparser.bpf.o")) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  private void run(UserPath path, BpfProgram program, RingBuffer ring) {
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (int flow = 0; flow < FLOWS; flow++) {
        program.testRun(packet(flow), PACKETS_PER_FLOW);
      }
      long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
      long before = threads.getCurrentThreadCpuTime();
      int taken = path.take(ring);
      long between = threads.getCurrentThreadCpuTime();
      path.count();
      long after = threads.getCurrentThreadCpuTime();
      if (round >= 0) {
        allocated += threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        events += taken;
        intoJournal[round] = (double) (between - before) / taken;
        intoSeries[round] = (double) (after - between) / taken;
        whole[round] = (double) (after - before) / taken;
      }
      path.journal.maintain();
    }
    System.out.printf(
        Locale.ROOT,
        "%d events of %d connections, %d a round; ns of CPU per event, min / median / p90:%n",
        events,
        FLOWS,
        events / ROUNDS);
    print("ring to journal", intoJournal);
    print("journal to series", intoSeries);
    print("whole", whole);
    System.out.printf(
        Locale.ROOT,
        "one core: %.1f million events/s at the median; %.3f bytes allocated per event%n",
        1000 / quantile(whole, 0.5),
        (double) allocated / events);
  }

  private static void print(String what, double[] ns) {
    System.out.printf(
        Locale.ROOT,
        "%-18s %6.1f / %6.1f / %6.1f%n",
        what,
        quantile(ns, 0),
        quantile(ns, 0.5),
        quantile(ns, 0.9));
  }

  private static double quantile(double[] values, double share) {
    return Arrays.stream(values).sorted().toArray()[(int) (values.length * share)];
  }

  /** A TCP segment of a connection between two pods. */
  private static byte[] packet(int flow) {
    byte[] packet = new byte[64];
    String[] source = UserPath.address(flow % UserPath.PODS).split("\\.", -1);
    String[] destination = UserPath.address((flow * 7 + 1) % UserPath.PODS).split("\\.", -1);
    ByteBuffer frame = ByteBuffer.wrap(packet);
    frame.putShort(12, (short) 0x0800);
    frame.put(14, (byte) 0x45).putShort(16, (short) 50).put(22, (byte) 64).put(23, (byte) 6);
    for (int i = 0; i < 4; i++) {
      packet[26 + i] = (byte) Integer.parseInt(source[i]);
      packet[30 + i] = (byte) Integer.parseInt(destination[i]);
    }
    frame.putShort(34, (short) (32_768 + flow)).putShort(36, (short) 80);
    frame.put(46, (byte) 0x50).put(47, (byte) 0x18);
    return packet;
  }
}
