package sh.retina.pipeline;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Observation;

/**
 * One histogram as it was read, its buckets the classic and the native way; see {@link
 * LatencyBuckets}. For one thread.
 *
 * <pre>
 *  row | counts by cell | sum, ns | exemplar, as {@link Exemplar} says |
 * </pre>
 */
public final class Latencies {
  static final int SUM = LatencyBuckets.cells();
  static final int EXEMPLAR = SUM + 1;
  static final int COLUMNS = EXEMPLAR + Exemplar.COLUMNS;

  private final long[] classic = new long[LatencyBuckets.count()];
  private final long[] natives = new long[LatencyBuckets.nativeCount()];
  private long count;
  private long sumNs;
  private @Nullable Exemplar exemplar;

  /** Adds a time to a row, and makes it the row's exemplar if it is to be. */
  static void record(SeriesTable table, int row, long ns, Observation o, boolean ofSource) {
    table.add(row, LatencyBuckets.cell(ns), 1, SUM, ns);
    Exemplar.offer(table, row, EXEMPLAR, ns, o, ofSource);
  }

  /** Becomes what a row says. */
  Latencies load(long[] row) {
    Arrays.fill(classic, 0);
    Arrays.fill(natives, 0);
    count = 0;
    for (int cell = 0; cell < SUM; cell++) {
      long times = row[cell];
      if (times != 0) {
        classic[LatencyBuckets.classic(cell)] += times;
        natives[LatencyBuckets.nativeBucket(cell)] += times;
        count += times;
      }
    }
    sumNs = row[SUM];
    exemplar = Exemplar.of(row, EXEMPLAR);
    return this;
  }

  /** The classic buckets and the sum, as {@link SeriesFamily} says. */
  long[] copyTo(long[] columns) {
    System.arraycopy(classic, 0, columns, 0, classic.length);
    columns[classic.length] = sumNs;
    return columns;
  }

  /** Times in a classic bucket, those of lower ones not among them. */
  public long classic(int bucket) {
    return classic[bucket];
  }

  /** Times in a native bucket; the first is the zero bucket. */
  public long nativeBucket(int bucket) {
    return natives[bucket];
  }

  /** All times. */
  public long count() {
    return count;
  }

  /** Sum of the times, ns. */
  public long sumNs() {
    return sumNs;
  }

  /** A long one of the last minute that had any; null if there is none or it is being written. */
  public @Nullable Exemplar exemplar() {
    return exemplar;
  }
}
