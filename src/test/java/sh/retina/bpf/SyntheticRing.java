package sh.retina.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A ring in plain memory, written as kernel/bpf/ringbuf.c writes one: both images of the data. */
public final class SyntheticRing implements AutoCloseable {
  private static final long DATA = 16;

  public final RingBuffer ring;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final long size;
  private boolean unmapped;

  public SyntheticRing(long size) {
    this.size = size;
    this.memory = arena.allocate(DATA + 2 * size, 8);
    long base = memory.address();
    this.ring = new RingBuffer(base, base + 8, base + DATA, size, () -> unmapped = true);
  }

  /** Reserves a record filled with one byte; the position is what {@link #commit} needs. */
  long reserve(int length, int fill) {
    long position = memory.get(ValueLayout.JAVA_LONG, 8);
    putHeader(position, length | RingRecord.BUSY);
    for (int i = 0; i < length; i++) {
      put(position + RingRecord.HEADER_LENGTH + i, (byte) fill);
    }
    memory.set(ValueLayout.JAVA_LONG, 8, position + RingRecord.stride(length));
    return position;
  }

  void commit(long position, int length) {
    putHeader(position, length);
  }

  void discard(long position, int length) {
    putHeader(position, length | RingRecord.DISCARDED);
  }

  void submit(int length, int fill) {
    commit(reserve(length, fill), length);
  }

  /**
   * Makes a span of whole records all that the ring holds: once to write, then to offer it anew.
   */
  public void hold(MemorySegment span) {
    MemorySegment.copy(span, 0, memory, DATA, span.byteSize());
    MemorySegment.copy(span, 0, memory, DATA + size, span.byteSize());
    offer(span.byteSize());
  }

  /** Gives the first bytes of the ring to the reader again. */
  public void offer(long byteCount) {
    memory.set(ValueLayout.JAVA_LONG, 0, 0);
    memory.set(ValueLayout.JAVA_LONG, 8, byteCount);
  }

  void putHeader(long position, int header) {
    for (int i = 0; i < 4; i++) {
      put(position + i, (byte) (header >>> (8 * i)));
    }
  }

  long consumed() {
    return memory.get(ValueLayout.JAVA_LONG, 0);
  }

  boolean isUnmapped() {
    return unmapped;
  }

  private void put(long position, byte value) {
    long at = DATA + position % size;
    memory.set(ValueLayout.JAVA_BYTE, at, value);
    memory.set(ValueLayout.JAVA_BYTE, at + size, value);
  }

  @Override
  public void close() {
    arena.close();
  }
}
