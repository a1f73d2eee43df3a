package sh.retina.pipeline;

/**
 * Bounds of the latency histograms: 50 µs, a round trip inside a node, to 10 s, where a client has
 * given up. A value is in the first bucket whose bound it does not exceed (Prometheus {@code le}).
 */
public final class LatencyBuckets {
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

  private LatencyBuckets() {}

  /** Buckets with the last one, which has no bound. */
  public static int count() {
    return UPPER_NS.length + 1;
  }

  /** Bound of a bucket in seconds; infinite for the last. */
  public static double upperSeconds(int bucket) {
    return bucket < UPPER_NS.length ? UPPER_NS[bucket] / 1e9 : Double.POSITIVE_INFINITY;
  }

  static int of(long ns) {
    int bucket = 0;
    while (bucket < UPPER_NS.length && ns > UPPER_NS[bucket]) {
      bucket++;
    }
    return bucket;
  }
}
