package sh.retina.journal;

import java.io.File;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.Closeable;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * Appends excerpts to the current file and begins the next one. A full disk shows as SIGBUS when a
 * page of the mapped file cannot be had, which the JVM turns into an {@link InternalError}, or as
 * an IOException where a batch is written past the mapping: free space is asked for before, and
 * either is survived. Used under the journal's lock only.
 */
final class ExcerptWriter implements AutoCloseable {
  /** Kept free on the volume: index pages, metadata, and what others write between two looks. */
  static final long RESERVE_BYTES = 1L << 20;

  private static final long LONGEST_LOOK_BYTES = 64L << 20;
  private static final Logger LOG = System.getLogger(ExcerptWriter.class.getName());

  private final SingleChronicleQueue queue;
  private final CycleClock clock;
  private final File directory;
  private final long runId;
  private final PayloadFile payloads;
  private @Nullable ExcerptAppender appender;
  private long fileBytes;

  /** What may be written before free space is looked at again. */
  private long creditBytes;

  ExcerptWriter(SingleChronicleQueue queue, CycleClock clock, Path directory, long runId) {
    this.queue = queue;
    this.clock = clock;
    this.directory = directory.toFile();
    this.runId = runId;
    this.payloads = new PayloadFile(directory);
  }

  /** Bytes of the current file up to its last excerpt. */
  long fileBytes() {
    return fileBytes;
  }

  /** The next excerpt begins a new file. */
  void nextFile() {
    clock.advance();
    fileBytes = 0;
    Closeable.closeQuietly(payloads); // an open descriptor would keep the space of a deleted file
    if (appender == null) {
      try {
        ExcerptAppender created = queue.createAppender();
        // Several threads append, one at a time under the journal's lock.
        created.singleThreadedCheckDisabled(true);
        appender = created;
      } catch (InternalError | Exception e) {
        giveUp(e);
      }
    }
  }

  boolean hasSpace(long bytes) {
    if (bytes > creditBytes) {
      long free = directory.getUsableSpace() - RESERVE_BYTES;
      if (free < bytes) {
        creditBytes = 0;
        return false;
      }
      creditBytes = Math.min(LONGEST_LOOK_BYTES, Math.max(bytes, free / 2));
    }
    return true;
  }

  /** Appends a batch of {@code records} in the {@code byteCount} bytes at {@code address}. */
  boolean writeBatch(
      JournalSource source,
      long address,
      int byteCount,
      int records,
      long realtimeOffsetNs,
      long nowNs) {
    long sequence = source.counters().nextSequence();
    return write(
        Excerpt.BATCH,
        source.id(),
        records,
        sequence,
        realtimeOffsetNs,
        nowNs,
        Excerpt.MEMORY,
        address,
        byteCount);
  }

  boolean writeSource(JournalSource source, long nowNs) {
    byte[] description = source.description();
    long sequence = source.counters().nextSequence();
    return write(
        Excerpt.SOURCE,
        source.id(),
        0,
        sequence,
        0,
        nowNs,
        MemorySegment.ofArray(description),
        0,
        description.length);
  }

  /** Appends a change of the context or all of it, in parts if need be. */
  boolean writeContext(byte[] context, int flags, long nowNs) {
    MemorySegment from = MemorySegment.ofArray(context);
    int offset = 0;
    do {
      int part = Math.min(context.length - offset, Excerpt.MAX_PAYLOAD_BYTES);
      int remaining = context.length - offset - part;
      if (!write(Excerpt.CONTEXT, flags, remaining, 0, 0, nowNs, from, offset, part)) {
        return false;
      }
      offset += part;
    } while (offset < context.length);
    return true;
  }

  /**
   * Appends one excerpt; false when that failed, after which the file is given up and {@link
   * #nextFile} comes first.
   */
  private boolean write(
      byte kind,
      int sourceId,
      int count,
      long sequence,
      long realtimeOffsetNs,
      long appendedNs,
      MemorySegment from,
      long fromOffset,
      int payloadBytes) {
    ExcerptAppender to = appender;
    if (to == null) {
      return false;
    }
    try {
      DocumentContext document = to.writingDocument();
      Bytes<?> bytes = document.wire().bytes();
      long position = bytes.writePosition();
      long address = bytes.addressForWrite(position);
      int total = Excerpt.payloadOffset(address) + payloadBytes;
      if (bytes.bytesStore().realCapacity() - (position - bytes.bytesStore().start()) < total) {
        throw new IllegalStateException(
            "mapped block too small: position=" + position + " bytes=" + total);
      }
      bytes.writeSkip(total);
      Excerpt.writeHeader(
          address,
          kind,
          sourceId,
          count,
          payloadBytes,
          runId,
          sequence,
          realtimeOffsetNs,
          appendedNs);
      long payloadOffset = (long) total - payloadBytes;
      if (kind == Excerpt.BATCH && payloadBytes >= PayloadFile.MIN_BYTES) {
        payloads.write(clock.cycle(), position + payloadOffset, fromOffset, payloadBytes);
      } else {
        MemorySegment.copy(from, fromOffset, Excerpt.MEMORY, address + payloadOffset, payloadBytes);
      }
      document.close();
      fileBytes = position + total;
      creditBytes -= total;
      return true;
    } catch (InternalError | Exception e) {
      giveUp(e);
      return false;
    }
  }

  /**
   * Leaves the document that may be open where it is: without its header it does not exist for a
   * reader.
   */
  private void giveUp(Throwable cause) {
    LOG.log(Level.WARNING, "journal file given up: directory=" + directory + " cause=" + cause);
    creditBytes = 0;
    try {
      Closeable.closeQuietly(appender, payloads);
      QueueDirectory.unlock(queue);
    } finally {
      appender = null;
    }
  }

  @Override
  public void close() {
    Closeable.closeQuietly(appender, payloads);
    appender = null;
  }
}
