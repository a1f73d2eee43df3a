package sh.retina.bpf;

import java.util.function.Consumer;

/**
 * A BPF ring buffer, read where the kernel writes it: no copy, no upcall, no system call. The twin
 * of kernel/bpf/ringbuf.c on the reading side.
 *
 * <pre>
 *  consumer page (ours to write) | producer page (read) | data (read) | its beginning again
 *  positions count bytes and only grow; a record lies at position % size, and never wraps, because
 *  what goes over the end of the data goes on in its second image
 * </pre>
 *
 * <p>One thread drains at a time; closing from another waits for it.
 */
public final class RingBuffer implements AutoCloseable {
  /**
   * How much of the data is mapped a second time, or all of a smaller ring: every mapped page
   * counts as resident memory. No record and no span reaches further over the end.
   */
  private static final long SECOND_IMAGE_BYTES = 256 << 10;

  private final long consumer;
  private final long producer;
  private final long data;
  private final long sizeBytes;
  private final long mask;
  private final Runnable unmap;
  private long discarded;
  private boolean draining;
  private boolean closed;

  /**
   * A ring in memory that is already there.
   *
   * @param consumer address of the consumer position
   * @param producer address of the producer position
   * @param data address of the data, followed by its beginning once more
   * @param unmap frees the memory
   */
  RingBuffer(long consumer, long producer, long data, long sizeBytes, Runnable unmap) {
    if (sizeBytes <= 0 || Long.bitCount(sizeBytes) != 1) {
      throw new IllegalArgumentException("ring size must be a power of two: size=" + sizeBytes);
    }
    this.consumer = consumer;
    this.producer = producer;
    this.data = data;
    this.sizeBytes = sizeBytes;
    this.mask = sizeBytes - 1;
    this.unmap = unmap;
  }

  /** Maps the ring of a map as ringbuf_map_mmap_kern allows: only the consumer page for writing. */
  static RingBuffer map(int fd, long sizeBytes, Consumer<RingBuffer> onClose) {
    long page = Libc.getpagesize();
    long consumer = Libc.mmap(page, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd, 0);
    if (consumer < 0) {
      throw new BpfException("map the consumer page of a ring buffer", (int) consumer, "");
    }
    long readLength = page + sizeBytes + Math.min(sizeBytes, SECOND_IMAGE_BYTES);
    long producer = Libc.mmap(readLength, Libc.PROT_READ, Libc.MAP_SHARED, fd, page);
    if (producer < 0) {
      Libc.munmap(consumer, page);
      throw new BpfException("map " + sizeBytes + " bytes of a ring buffer", (int) producer, "");
    }
    RingBuffer[] ring = new RingBuffer[1];
    ring[0] =
        new RingBuffer(
            consumer,
            producer,
            producer + page,
            sizeBytes,
            () -> {
              Libc.munmap(producer, readLength);
              Libc.munmap(consumer, page);
              onClose.accept(ring[0]);
            });
    return ring[0];
  }

  /**
   * Hands over the longest run of committed records, in one span, and gives its space back to the
   * kernel when the handler has returned.
   *
   * @param maxBytes bound of the span; a record that is larger comes alone
   * @return records handed over, without discarded ones; 0 when there was nothing else to read or
   *     the oldest record is not committed yet
   */
  public synchronized int drain(SpanHandler handler, long maxBytes) {
    requireUsable();
    // Only we move the consumer position, so a plain read is enough. The acquire of the producer
    // position makes the headers visible whose BUSY bit was set before it moved.
    long from = NativeMemory.longAt(consumer);
    long available = NativeMemory.longAcquire(producer) - from;
    long start = data + (from & mask);
    long reach = sizeBytes - (from & mask) + Math.min(sizeBytes, SECOND_IMAGE_BYTES);
    long bound = Math.min(maxBytes, reach);
    long length = 0;
    int records = 0;
    int skipped = 0;
    // Most records of a ring are alike. To go on by the last stride while the headers are equal
    // leaves the next address to the branch predictor; by the header it waits for the memory.
    int usual = 0;
    long stride = RingRecord.stride(usual);
    while (length < available) {
      // Acquire: pairs with the exchange by which the kernel clears BUSY after the data is written.
      int header = NativeMemory.intAcquire(data + (from + length & mask));
      if (header != usual) {
        if (RingRecord.isBusy(header)) {
          break;
        }
        usual = header;
        stride = RingRecord.stride(header);
      }
      if (length + stride > bound && length > 0) {
        break;
      }
      if (stride > available - length) {
        throw new IllegalStateException(
            "damaged ring: a record of %d bytes, %d available"
                .formatted(stride, available - length));
      }
      if (stride > reach) {
        throw new IllegalStateException(
            "a record of %d bytes is not mapped whole".formatted(stride));
      }
      length += stride;
      if (RingRecord.isDiscarded(header)) {
        skipped++;
      } else {
        records++;
      }
    }
    if (length == 0) {
      return 0;
    }
    if (records > 0) {
      draining = true;
      try {
        handler.onSpan(start, length, records);
      } finally {
        draining = false;
      }
    }
    discarded += skipped;
    NativeMemory.putLongRelease(consumer, from + length);
    return records;
  }

  /** Bytes between the reader's position and the programs', uncommitted records included. */
  public synchronized long availableBytes() {
    requireUsable();
    return NativeMemory.longAcquire(producer) - NativeMemory.longAt(consumer);
  }

  /** Bytes of the data area, one image of it. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** Records passed so far that the program reserved and then discarded. */
  public synchronized long discardedRecords() {
    return discarded;
  }

  @Override
  public synchronized void close() {
    if (draining) {
      throw new IllegalStateException("a ring buffer cannot be closed by its own handler");
    }
    if (!closed) {
      closed = true;
      unmap.run();
    }
  }

  private void requireUsable() {
    if (closed) {
      throw new IllegalStateException("ring buffer is closed");
    }
    if (draining) {
      throw new IllegalStateException("a ring buffer cannot be drained by its own handler");
    }
  }
}
