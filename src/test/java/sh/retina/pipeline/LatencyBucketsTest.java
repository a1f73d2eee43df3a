package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LatencyBucketsTest {
  private static final long SECOND = 1_000_000_000L;

  private static Latencies of(long... times) {
    SeriesTable table = new SeriesTable(1, Latencies.COLUMNS);
    int row = table.insert(new long[1]);
    for (long ns : times) {
      table.add(row, LatencyBuckets.cell(ns), 1, Latencies.SUM, ns);
    }
    Latencies read = new Latencies();
    table.forEach((_, values) -> read.load(values));
    return read;
  }

  @Test
  void shouldCountEachTimeOnceInBothKindsOfBuckets() {
    long[] times = new Random(7).longs(20_000, 1, 20 * SECOND).toArray();
    long[] classic = new long[LatencyBuckets.count()];
    long[] natives = new long[LatencyBuckets.nativeCount()];
    for (long ns : times) {
      int bucket = 0;
      while (ns / 1e9 > LatencyBuckets.upperSeconds(bucket)) {
        bucket++;
      }
      classic[bucket]++;
      // Prometheus: index i is (2^((i-1)/4), 2^(i/4)] at schema 2.
      int index = (int) Math.ceil(Math.log(ns / 1e9) / Math.log(2) * 4);
      natives[Math.clamp(index + 72, 0, natives.length - 1)]++;
    }

    Latencies read = of(times);

    assertThat(read.count()).isEqualTo(times.length);
    for (int i = 0; i < classic.length; i++) {
      assertThat(read.classic(i))
          .as("up to " + LatencyBuckets.upperSeconds(i))
          .isEqualTo(classic[i]);
    }
    for (int i = 0; i < natives.length; i++) {
      assertThat(read.nativeBucket(i)).as("native " + i).isEqualTo(natives[i]);
    }
  }

  @Test
  void shouldTakeABoundItselfIntoTheBucketBelow() {
    Latencies read = of(SECOND, SECOND + 1, 50_000, 50_001, 3_814, 3_815);

    assertThat(LatencyBuckets.nativeIndex(72)).isZero(); // (0.84, 1]
    assertThat(read.nativeBucket(72)).isOne();
    assertThat(read.nativeBucket(73)).isOne();
    assertThat(read.classic(0)).as("50 µs and less").isEqualTo(3);
    assertThat(read.classic(1)).isOne();
    assertThat(LatencyBuckets.ZERO_SECONDS).isEqualTo(3.814697265625e-6);
    assertThat(read.nativeBucket(0)).isOne();
    assertThat(read.nativeBucket(1)).isOne();
  }

  @Test
  void shouldPutWhatIsLongerThanAllBoundsIntoTheLast() {
    Latencies read = of(16 * SECOND, 16 * SECOND + 1, Long.MAX_VALUE / 4);

    assertThat(read.nativeBucket(LatencyBuckets.nativeCount() - 2)).isOne();
    assertThat(read.nativeBucket(LatencyBuckets.nativeCount() - 1)).isEqualTo(2);
    assertThat(LatencyBuckets.nativeIndex(LatencyBuckets.nativeCount() - 1)).isEqualTo(17);
  }
}
