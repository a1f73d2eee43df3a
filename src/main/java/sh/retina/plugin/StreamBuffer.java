package sh.retina.plugin;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sh.retina.bpf.RingRecords;
import sh.retina.bpf.SpanHandler;

/**
 * Records on their way from a stream's thread to the ring reader's, in the format of a BPF ring:
 * two halves, of which one is filled while the other is taken. One thread writes, one drains.
 */
final class StreamBuffer implements AutoCloseable {
  private static final long HALF_BYTES = 512 << 10;
  private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final Arena arena = Arena.ofShared();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition swapped = lock.newCondition();
  private MemorySegment filling = arena.allocate(HALF_BYTES, 8);
  private MemorySegment taken = arena.allocate(HALF_BYTES, 8);
  private long filled;
  private int records;
  private long pending; // of the half that is taken: stays until a handler took it
  private int pendingRecords;

  /** False when there was no room for too long, or the record is larger than a half. */
  boolean write(byte[] bytes, int offset, int length) {
    long stride = RingRecords.strideOf(length);
    lock.lock();
    try {
      long leftNs = PATIENCE_NS;
      while (filled + stride > HALF_BYTES) {
        if (leftNs <= 0 || stride > HALF_BYTES) {
          return false;
        }
        leftNs = swapped.awaitNanos(leftNs);
      }
      RingRecords.put(filling, filled, bytes, offset, length);
      filled += stride;
      records++;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Records taken; they stay and come again when the handler throws. */
  int drain(SpanHandler handler) {
    if (pending == 0) {
      swap();
    }
    if (pending == 0) {
      return 0;
    }
    handler.onSpan(taken.address(), pending, pendingRecords);
    int took = pendingRecords;
    pending = 0;
    pendingRecords = 0;
    return took;
  }

  private void swap() {
    lock.lock();
    try {
      MemorySegment full = filling;
      filling = taken;
      taken = full;
      pending = filled;
      pendingRecords = records;
      filled = 0;
      records = 0;
      swapped.signal();
    } finally {
      lock.unlock();
    }
  }

  long sizeBytes() {
    return 2 * HALF_BYTES;
  }

  @Override
  public void close() {
    arena.close();
  }
}
