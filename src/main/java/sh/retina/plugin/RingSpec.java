package sh.retina.plugin;

import org.jspecify.annotations.Nullable;

/**
 * How an object reports events.
 *
 * @param ring name of its ring buffer map
 * @param stats name of its per-CPU array of counters
 * @param counters tag of the enum of its indexes, such as {@code flow_stat}: see {@link
 *     KernelCounter}
 * @param sweep program to run once a second: reports what is due and deletes what has ended; null
 *     for an object that keeps no table
 * @param flush program that reports all that is pending, run before the agent stops; null for the
 *     same
 */
public record RingSpec(
    String ring, String stats, String counters, @Nullable String sweep, @Nullable String flush) {
  public RingSpec {
    if ((sweep == null) != (flush == null)) {
      throw new IllegalArgumentException("a table needs a sweep and a flush: " + ring);
    }
  }

  /** What {@link #isSize} wants, for who sets a size. */
  public static final String SIZE_RULE = "must be a power of two between 64KB and 1GB";

  /** Whether a ring can have this size. */
  public static boolean isSize(long bytes) {
    return Long.bitCount(bytes) == 1 && bytes >= 64 << 10 && bytes <= 1 << 30;
  }

  /** Of an object that reports each event by itself and keeps no table. */
  public static RingSpec withoutTable(String ring, String stats, String counters) {
    return new RingSpec(ring, stats, counters, null, null);
  }
}
