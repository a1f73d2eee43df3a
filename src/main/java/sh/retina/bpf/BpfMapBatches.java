package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A reading of a whole map in batches (BPF_MAP_LOOKUP_BATCH, Linux 5.6): one system call for many
 * entries. Entries that come or go meanwhile may be seen or not, as in any walk over a live map.
 *
 * <pre>{@code
 * try (BpfMapBatches batches = map.batches(1024)) {
 *   while (batches.next()) {
 *     for (int i = 0; i < batches.count(); i++) { use(batches.keyAddress(i), batches.valueAddress(i)); }
 *   }
 * }
 * }</pre>
 *
 * <p>Confined to the thread that made it. {@link #rewind} allows it to be used again.
 */
public final class BpfMapBatches implements AutoCloseable {
  private static final int MAX_BATCH = 1 << 20;

  private final BpfMap map;
  private final long valueBytes;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment cursor;
  private final MemorySegment countWord = arena.allocate(JAVA_INT);
  private MemorySegment keys;
  private MemorySegment values;
  private int batchSize;
  private int count;
  private boolean started;
  private boolean finished;

  BpfMapBatches(BpfMap map, int batchSize) {
    if (batchSize < 1 || batchSize > MAX_BATCH) {
      throw new IllegalArgumentException("batch size out of 1.." + MAX_BATCH + ": " + batchSize);
    }
    this.map = map;
    this.valueBytes = map.valueBytes();
    this.batchSize = batchSize;
    // The kernel's place in the map: a bucket number in hashes, a key elsewhere.
    this.cursor = arena.allocate(Math.max(8, map.info().keySize()), 8);
    this.keys = arena.allocate((long) batchSize * map.info().keySize(), 8);
    this.values = arena.allocate(batchSize * valueBytes, 8);
  }

  /** Reads the next entries; false when the whole map has been read. */
  public boolean next() {
    while (!finished) {
      countWord.set(JAVA_INT, 0, batchSize);
      MemorySegment from = started ? cursor : MemorySegment.NULL;
      int result = BpfSyscall.bpf_map_lookup_batch(map.fd(), from, cursor, keys, values, countWord);
      if (result == -Errno.ENOSPC && batchSize < MAX_BATCH) {
        grow(); // one hash bucket holds more entries than a batch
        continue;
      }
      if (result < 0 && result != -Errno.ENOENT) {
        throw map.failed("read a batch of", result);
      }
      finished = result == -Errno.ENOENT;
      started = true;
      count = countWord.get(JAVA_INT, 0);
      if (count > 0) {
        return true;
      }
    }
    count = 0;
    return false;
  }

  /** Entries of the current batch. */
  public int count() {
    return count;
  }

  /** The address of a key; valid until the next batch. */
  public long keyAddress(int index) {
    return keys.address() + (long) index * map.info().keySize();
  }

  /** The address of a value, all CPUs' in a row for a per-CPU map; valid until the next batch. */
  public long valueAddress(int index) {
    return values.address() + index * valueBytes;
  }

  /** Starts again from the beginning. */
  public void rewind() {
    started = false;
    finished = false;
    count = 0;
  }

  @Override
  public void close() {
    arena.close();
  }

  /** The smaller tables stay until close: twice the size at most. */
  private void grow() {
    batchSize = Math.min(MAX_BATCH, batchSize * 2);
    keys = arena.allocate((long) batchSize * map.info().keySize(), 8);
    values = arena.allocate(batchSize * valueBytes, 8);
  }
}
