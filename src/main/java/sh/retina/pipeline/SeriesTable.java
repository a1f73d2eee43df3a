package sh.retina.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Rows of long columns under a composite key of longs: the storage of one family of series.
 *
 * <p>One thread writes. Any thread may call {@link #forEach} while rows are added and counted up,
 * but not while {@link #sweep} removes some: the owner excludes the two. A row never moves, so a
 * reader needs no index, no lock on the writer's path and no retry: the chunk list is replaced when
 * it grows, and a row's state is stored last (release) when the row is made and read first
 * (acquire).
 *
 * <pre>
 *  row  | state | key word 0 .. k-1 | column 0 .. w-1 |
 *  state: 0 = no row, 1 = updated since the last sweep, else the time of the sweep that found it updated
 * </pre>
 */
final class SeriesTable {
  static final long FREE = 0;
  static final long UPDATED = 1;

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int CHUNK_LONGS = 4 << 10; // so that a wide row is not made by hundreds
  private static final int MIN_SLOTS = 64;

  private final int keyWords;
  private final int columns;
  private final int stride;
  private final int chunkShift; // a chunk has 2 to that many rows

  private volatile long[][] chunks = {};
  private volatile int end; // rows ever used: what a reader walks
  private volatile int size;

  // Writer only. A slot holds row + 1, 0 = empty; linear probing, at most half full.
  private int[] slots = new int[MIN_SLOTS];
  private int[] freeRows = {};
  private int freeCount;

  SeriesTable(int keyWords, int columns) {
    this.keyWords = keyWords;
    this.columns = columns;
    this.stride = 1 + keyWords + columns;
    chunkShift = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, CHUNK_LONGS / stride));
  }

  /** Rows that hold a series now. Any thread. */
  int size() {
    return size;
  }

  /** Row of a key, -1 if there is none. */
  int find(long[] key) {
    int[] table = slots;
    int mask = table.length - 1;
    for (int slot = hash(key) & mask; table[slot] != 0; slot = slot + 1 & mask) {
      if (hasKey(table[slot] - 1, key)) {
        return table[slot] - 1;
      }
    }
    return -1;
  }

  /** Makes the row of a key that has none; all columns are 0. */
  int insert(long[] key) {
    if ((size + 1) * 2 > slots.length) {
      growIndex();
    }
    int row = freeCount > 0 ? freeRows[--freeCount] : newRow();
    long[] chunk = chunk(row);
    int base = base(row);
    for (int i = 0; i < keyWords; i++) {
      chunk[base + 1 + i] = key[i];
    }
    for (int i = 0; i < columns; i++) {
      CELL.setOpaque(chunk, base + 1 + keyWords + i, 0L);
    }
    place(row);
    CELL.setRelease(chunk, base, UPDATED);
    size = size + 1;
    return row;
  }

  /** Adds to two columns of a row and marks it updated. */
  void add(int row, int column, long amount, int otherColumn, long otherAmount) {
    long[] chunk = chunk(row);
    int base = base(row);
    addTo(chunk, base + 1 + keyWords + column, amount);
    addTo(chunk, base + 1 + keyWords + otherColumn, otherAmount);
    touch(chunk, base);
  }

  /** Adds to one column of a row and marks it updated. */
  void add(int row, int column, long amount) {
    long[] chunk = chunk(row);
    int base = base(row);
    addTo(chunk, base + 1 + keyWords + column, amount);
    touch(chunk, base);
  }

  /** A column as its only writer sees it. Writer. */
  long get(int row, int column) {
    return chunk(row)[base(row) + 1 + keyWords + column];
  }

  /** Replaces a column. */
  void set(int row, int column, long value) {
    CELL.setOpaque(chunk(row), base(row) + 1 + keyWords + column, value);
  }

  private static void touch(long[] chunk, int base) {
    if (chunk[base] != UPDATED) {
      CELL.setRelease(chunk, base, UPDATED);
    }
  }

  private static void addTo(long[] chunk, int cell, long amount) {
    CELL.setOpaque(chunk, cell, chunk[cell] + amount); // its only writer reads it plainly
  }

  /** What a reader sees of a row; the arrays are reused for the next one. */
  interface RowVisitor {
    void visit(long[] key, long[] values);
  }

  /** Visits each row. Any thread, while no {@link #sweep} runs. */
  void forEach(RowVisitor visitor) {
    int rows = end;
    long[] key = new long[keyWords];
    long[] values = new long[columns];
    for (int row = 0; row < rows; row++) {
      long[] chunk = chunk(row);
      int base = base(row);
      if ((long) CELL.getAcquire(chunk, base) == FREE) {
        continue;
      }
      for (int i = 0; i < keyWords; i++) {
        key[i] = chunk[base + 1 + i];
      }
      for (int i = 0; i < columns; i++) {
        // In this order: the last column of an exemplar says whether the others are of one write.
        values[i] = (long) CELL.getAcquire(chunk, base + 1 + keyWords + i);
      }
      visitor.visit(key, values);
    }
  }

  /** Decides on a row: whether it goes, and with which state it stays. */
  interface RowJudge {
    /**
     * @param state as the class comment says, never {@link SeriesTable#FREE}
     * @return the new state; {@link SeriesTable#FREE} removes the row
     */
    long judge(long[] key, long state);
  }

  /** Passes each row to a judge. Writer; readers are excluded if it removes any. */
  void sweep(RowJudge judge) {
    long[] key = new long[keyWords];
    for (int row = 0; row < end; row++) {
      long[] chunk = chunk(row);
      int base = base(row);
      long state = (long) CELL.getOpaque(chunk, base);
      if (state == FREE) {
        continue;
      }
      System.arraycopy(chunk, base + 1, key, 0, keyWords);
      long next = judge.judge(key, state);
      if (next == FREE) {
        remove(row, key);
      }
      CELL.setRelease(chunk, base, next);
    }
  }

  private void remove(int row, long[] key) {
    int mask = slots.length - 1;
    int hole = hash(key) & mask;
    while (slots[hole] != row + 1) {
      hole = hole + 1 & mask;
    }
    // Closes the hole, so that no probe stops early and no tombstones gather.
    for (int slot = hole + 1 & mask; slots[slot] != 0; slot = slot + 1 & mask) {
      int home = hashOfRow(slots[slot] - 1) & mask;
      if ((slot - home & mask) >= (slot - hole & mask)) {
        slots[hole] = slots[slot];
        hole = slot;
      }
    }
    slots[hole] = 0;
    if (freeCount == freeRows.length) {
      freeRows = Arrays.copyOf(freeRows, Math.max(16, freeCount * 2));
    }
    freeRows[freeCount++] = row;
    size = size - 1;
  }

  private int newRow() {
    int row = end;
    long[][] list = chunks;
    if (row == list.length << chunkShift) {
      long[][] longer = Arrays.copyOf(list, list.length + 1);
      longer[list.length] = new long[stride << chunkShift];
      chunks = longer;
    }
    end = row + 1; // the row is FREE until its state is stored
    return row;
  }

  private void growIndex() {
    int[] old = slots;
    slots = new int[old.length * 2];
    for (int entry : old) {
      if (entry != 0) {
        place(entry - 1);
      }
    }
  }

  private void place(int row) {
    int mask = slots.length - 1;
    int slot = hashOfRow(row) & mask;
    while (slots[slot] != 0) {
      slot = slot + 1 & mask;
    }
    slots[slot] = row + 1;
  }

  private boolean hasKey(int row, long[] key) {
    long[] chunk = chunk(row);
    int base = base(row) + 1;
    for (int i = 0; i < keyWords; i++) {
      if (chunk[base + i] != key[i]) {
        return false;
      }
    }
    return true;
  }

  private long[] chunk(int row) {
    return chunks[row >> chunkShift];
  }

  private int base(int row) {
    return (row & (1 << chunkShift) - 1) * stride;
  }

  private int hash(long[] key) {
    long mixed = 0;
    for (int i = 0; i < keyWords; i++) {
      mixed = mix(mixed, key[i]);
    }
    return (int) (mixed ^ mixed >>> 32);
  }

  private int hashOfRow(int row) {
    long[] chunk = chunk(row);
    int base = base(row) + 1;
    long mixed = 0;
    for (int i = 0; i < keyWords; i++) {
      mixed = mix(mixed, chunk[base + i]);
    }
    return (int) (mixed ^ mixed >>> 32);
  }

  private static long mix(long sum, long word) {
    long mixed = (sum ^ word) * 0x9E3779B97F4A7C15L;
    return mixed ^ mixed >>> 29;
  }
}
