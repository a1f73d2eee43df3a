package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The kernel's clocks by clock_gettime(2): CLOCK_MONOTONIC is what bpf_ktime_get_ns() answers.
 * Thread-safe; allocates nothing after a thread's first call.
 */
public final class Clocks {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int SAMPLES = 5;
  private static final ThreadLocal<MemorySegment> TIMESPEC =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(16, 8));

  private Clocks() {}

  /** CLOCK_MONOTONIC: nanoseconds since boot, without the time spent in suspend. */
  public static long monotonicNs() {
    return read(Libc.CLOCK_MONOTONIC, TIMESPEC.get());
  }

  /** CLOCK_REALTIME: nanoseconds since 1970. */
  public static long realtimeNs() {
    return read(Libc.CLOCK_REALTIME, TIMESPEC.get());
  }

  /**
   * What has to be added to a monotonic time to get nanoseconds since 1970. It changes when the
   * wall clock is set. The best of a few samples is taken: the one with the least time between two
   * looks at the monotonic clock.
   */
  public static long realtimeOffsetNs() {
    MemorySegment timespec = TIMESPEC.get();
    long best = Long.MAX_VALUE;
    long offset = 0;
    for (int i = 0; i < SAMPLES; i++) {
      long before = read(Libc.CLOCK_MONOTONIC, timespec);
      long wall = read(Libc.CLOCK_REALTIME, timespec);
      long after = read(Libc.CLOCK_MONOTONIC, timespec);
      if (after - before < best) {
        best = after - before;
        offset = wall - (before + (after - before) / 2);
      }
    }
    return offset;
  }

  private static long read(int clock, MemorySegment timespec) {
    Libc.clock_gettime(clock, timespec);
    return timespec.get(JAVA_LONG, 0) * NANOS_PER_SECOND + timespec.get(JAVA_LONG, 8);
  }
}
