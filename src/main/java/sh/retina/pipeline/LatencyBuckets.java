package sh.retina.pipeline;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Bounds of the latency histograms. A value is in the first bucket whose bound it does not exceed
 * (Prometheus {@code le}).
 *
 * <p>Classic buckets: 50 µs, a round trip inside a node, to 10 s, where a client has given up.
 * Native ones are those of Prometheus's schema 2, a factor of 2<sup>1/4</sup> each, from 4 µs to 16
 * s: below is the zero bucket, what is longer is in one more. Values are counted by cells between
 * the bounds of both, so that each is counted once and shown either way.
 */
public final class LatencyBuckets {
  /** Prometheus's name for four buckets per power of two. */
  public static final int NATIVE_SCHEMA = 2;

  /** What is not longer is in the native zero bucket: 2<sup>-18</sup> s. */
  public static final double ZERO_SECONDS = 0x1p-18;

  private static final int PER_OCTAVE = 1 << NATIVE_SCHEMA;
  private static final int ZERO_INDEX = -18 * PER_OCTAVE;
  private static final int LAST_INDEX = 4 * PER_OCTAVE;

  private static final long[] UPPER_NS = {
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000L,
    5_000_000_000L,
    10_000_000_000L
  };

  private static final long[] NATIVE_UPPER_NS =
      IntStream.rangeClosed(ZERO_INDEX, LAST_INDEX)
          .mapToLong(index -> (long) (1e9 * Math.pow(2, (double) index / PER_OCTAVE)))
          .toArray();

  private static final long[] CELL_UPPER_NS =
      LongStream.concat(Arrays.stream(UPPER_NS), Arrays.stream(NATIVE_UPPER_NS))
          .sorted()
          .distinct()
          .toArray();

  private static final int[] CLASSIC_OF_CELL = ofCells(UPPER_NS);
  private static final int[] NATIVE_OF_CELL = ofCells(NATIVE_UPPER_NS);

  private LatencyBuckets() {}

  private static int[] ofCells(long[] bounds) {
    return IntStream.range(0, cells())
        .map(cell -> cell < cells() - 1 ? first(bounds, CELL_UPPER_NS[cell]) : bounds.length)
        .toArray();
  }

  /** Classic buckets with the last one, which has no bound. */
  public static int count() {
    return UPPER_NS.length + 1;
  }

  /** Bound of a classic bucket in seconds; infinite for the last. */
  public static double upperSeconds(int bucket) {
    return bucket < UPPER_NS.length ? UPPER_NS[bucket] / 1e9 : Double.POSITIVE_INFINITY;
  }

  /** Native buckets: the first is the zero bucket, the last takes all that is longer. */
  public static int nativeCount() {
    return NATIVE_UPPER_NS.length + 1;
  }

  /** Prometheus's index of a native bucket but the zero bucket. */
  public static int nativeIndex(int bucket) {
    return ZERO_INDEX + bucket;
  }

  /** Cells with the last one, which has no bound. */
  static int cells() {
    return CELL_UPPER_NS.length + 1;
  }

  /** Cell of a time. */
  static int cell(long ns) {
    return first(CELL_UPPER_NS, ns);
  }

  static int classic(int cell) {
    return CLASSIC_OF_CELL[cell];
  }

  static int nativeBucket(int cell) {
    return NATIVE_OF_CELL[cell];
  }

  /** Classic bucket of a time in nanoseconds. */
  public static int of(long ns) {
    return first(UPPER_NS, ns);
  }

  /** The first bound that is not exceeded, else their number. */
  private static int first(long[] bounds, long ns) {
    int low = 0;
    int high = bounds.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ns > bounds[middle]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
