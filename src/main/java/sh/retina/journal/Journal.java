package sh.retina.journal;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import net.openhft.chronicle.wire.Wire;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal that is being written: batches of raw records and changes of context, in one order, in
 * files that are each readable alone. Appending never waits for a reader; what the disk refuses is
 * counted and gone. Thread-safe; each append is one document and one bulk copy, and allocates
 * nothing.
 */
public final class Journal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  /** Space that is asked for again after so many bytes. */
  private static final long CHECK_BYTES = 4L << 20;

  private static final long MIN_FREE_BYTES = 3L * Queues.BLOCK_BYTES;
  private static final long RETRY_MILLIS = 1_000;

  private final JournalSettings settings;
  private final InstantSource clock;
  private final Supplier<byte[]> contextSnapshot;
  private final Retention retention;
  private final RollClock rollClock;
  private final SingleChronicleQueue queue;
  private final FileStore disk;
  private final long runId;
  private final List<JournalSource> sources = new ArrayList<>();
  private final List<SourceBooks> books = new ArrayList<>();
  private ExcerptAppender appender;
  private long fileBytes;
  private long fileMillis;
  private long uncheckedBytes = CHECK_BYTES;
  private long fullUntilMillis;
  private boolean full;
  private volatile long diskBytes;
  private volatile long appendedNs;

  private static final class SourceBooks {
    long sequence;
    volatile long lost;
  }

  private Journal(JournalSettings settings, InstantSource clock, Supplier<byte[]> contextSnapshot) {
    this.settings = settings;
    this.clock = clock;
    this.contextSnapshot = contextSnapshot;
    this.retention = new Retention(settings);
    this.runId = ThreadLocalRandom.current().nextLong();
    this.rollClock = new RollClock(Queues.CYCLE.lengthInMillis(), clock.millis());
    Path directory = settings.directory();
    try {
      Files.createDirectories(directory);
      this.disk = Files.getFileStore(directory);
    } catch (IOException e) {
      throw new JournalException(
          "the journal's directory "
              + directory
              + " cannot be made: "
              + e.getMessage()
              + ". Set retina.journal.directory to one that can.",
          e);
    }
    this.queue = Queues.open(directory, rollClock, false);
    this.appender = newAppender();
    beginFile();
  }

  /**
   * Opens a journal to write to; makes it where there is none.
   *
   * @param contextSnapshot everything known, in the writer's own encoding: each file begins with it
   * @throws JournalException when the directory cannot be used
   */
  public static Journal open(
      JournalSettings settings, InstantSource clock, Supplier<byte[]> contextSnapshot) {
    return new Journal(settings, clock, contextSnapshot);
  }

  /** Announces who will append records. */
  public synchronized JournalSource addSource(
      String plugin, byte[] btf, Map<String, byte[]> attributes) {
    JournalSource source = new JournalSource(sources.size(), runId, plugin, btf, attributes);
    sources.add(source);
    books.add(new SourceBooks());
    appendBytes(Excerpt.SOURCE, source.id(), Excerpt.encode(source));
    return source;
  }

  /**
   * Appends a span of records.
   *
   * @param address where the span begins in native memory
   * @param realtimeOffsetNs what makes nanoseconds since 1970 of the records' CLOCK_MONOTONIC
   * @return false when the disk refused; the records are then counted in {@link #lostRecords}
   */
  public synchronized boolean append(
      JournalSource source, long address, long byteCount, int records, long realtimeOffsetNs) {
    if (byteCount > Queues.MAX_DOCUMENT_BYTES) {
      throw new IllegalArgumentException(
          "a batch holds at most " + Queues.MAX_DOCUMENT_BYTES + " bytes: byteCount=" + byteCount);
    }
    SourceBooks of = books.get(source.id());
    // A refused batch takes no numbers: it is counted here, and a reader would count the gap again.
    if (prepare(byteCount)
        && document(
            Excerpt.BATCH,
            source.id(),
            records,
            of.sequence,
            realtimeOffsetNs,
            address,
            byteCount,
            null)) {
      of.sequence += records;
      return true;
    }
    of.lost += records;
    return false;
  }

  /** Appends a change of context, which holds for the batches that come after it. */
  public synchronized void appendContext(byte[] change) {
    appendBytes(Excerpt.CONTEXT_CHANGE, 0, change);
  }

  /** Opens a position in this journal. */
  public JournalReader reader(Start start, JournalReader.Listener listener) {
    PositionFile named =
        start instanceof Start.Named(var name)
            ? new PositionFile(settings.directory(), name)
            : null;
    return new JournalReader(queue, false, start, named, listener);
  }

  /** Records of a source that the disk refused. */
  public long lostRecords(JournalSource source) {
    synchronized (this) {
      return books.get(source.id()).lost;
    }
  }

  /** Bytes of all files, as of the last roll or the last four mebibytes. */
  public long diskBytes() {
    return diskBytes;
  }

  /** Wall clock of the newest batch, ns since 1970; 0 before the first. */
  public long appendedNs() {
    return appendedNs;
  }

  /** Whether the disk refuses at the moment. */
  public synchronized boolean isFull() {
    return full;
  }

  @Override
  public synchronized void close() {
    appender.close();
    queue.close();
  }

  private void appendBytes(int kind, int source, byte[] bytes) {
    if (bytes.length > Queues.MAX_DOCUMENT_BYTES) {
      throw new IllegalArgumentException(
          "a document of " + bytes.length + " bytes is more than the journal takes");
    }
    if (!prepare(bytes.length) || !document(kind, source, 0, 0, 0, 0, bytes.length, bytes)) {
      LOG.error(
          "journal {}: a description was refused; it comes again with the next file",
          settings.directory());
    }
  }

  /** Rolls and cleans up when it is time; false when there is no space. */
  private boolean prepare(long byteCount) {
    long nowMillis = clock.millis();
    if (full && nowMillis < fullUntilMillis) {
      return false;
    }
    boolean roll =
        fileBytes >= settings.maxFileBytes()
            || nowMillis - fileMillis >= settings.maxFileAge().toMillis();
    uncheckedBytes += byteCount;
    if (roll || full || uncheckedBytes >= CHECK_BYTES) {
      uncheckedBytes = 0;
      if (!hasSpace(nowMillis)) {
        return false;
      }
    }
    if (roll) {
      beginFile();
    }
    return true;
  }

  private boolean hasSpace(long nowMillis) {
    if (retention.apply(nowMillis)) {
      queue.refreshDirectoryListing();
    }
    diskBytes = Retention.bytes(Retention.files(settings.directory()));
    boolean enough;
    try {
      enough = disk.getUsableSpace() >= MIN_FREE_BYTES;
    } catch (IOException e) {
      enough = false;
    }
    refuse(!enough, nowMillis);
    return enough;
  }

  private void refuse(boolean isFull, long nowMillis) {
    if (isFull != full) {
      full = isFull;
      if (isFull) {
        LOG.error(
            "journal {}: no space on the disk; records are lost until there is",
            settings.directory());
      } else {
        LOG.warn("journal {}: the disk takes records again", settings.directory());
      }
    }
    fullUntilMillis = nowMillis + RETRY_MILLIS;
  }

  /** Several threads append, one at a time. */
  private ExcerptAppender newAppender() {
    ExcerptAppender made = queue.createAppender();
    made.singleThreadedCheckDisabled(true);
    return made;
  }

  /** Moves on to a new file and makes it readable alone. */
  private void beginFile() {
    long nowMillis = clock.millis();
    rollClock.goBeyond(Math.max(queue.lastCycle(), 0), nowMillis);
    fileBytes = 0;
    fileMillis = nowMillis;
    for (JournalSource source : sources) {
      byte[] description = Excerpt.encode(source);
      document(Excerpt.SOURCE, source.id(), 0, 0, 0, 0, description.length, description);
    }
    byte[] snapshot = contextSnapshot.get();
    document(Excerpt.CONTEXT_SNAPSHOT, 0, 0, 0, 0, 0, snapshot.length, snapshot);
    if (retention.apply(nowMillis)) {
      queue.refreshDirectoryListing();
    }
    diskBytes = Retention.bytes(Retention.files(settings.directory()));
  }

  /** Writes one document, payload from memory or from an array; false when the disk refused. */
  private boolean document(
      int kind,
      int source,
      int records,
      long sequence,
      long offsetNs,
      long address,
      long byteCount,
      byte @Nullable [] array) {
    long nowNs = nanos(clock);
    try (DocumentContext document = appender.writingDocument()) {
      try {
        Wire wire = document.wire();
        Bytes<?> bytes = java.util.Objects.requireNonNull(wire).bytes();
        long start = bytes.writePosition();
        // Header, up to 7 bytes of alignment, payload.
        bytes.writeSkip(Excerpt.HEADER_LENGTH + 7 + byteCount);
        long at = bytes.addressForWrite(start);
        Excerpt.writeHeader(at, kind, source, runId, records, sequence, offsetNs, nowNs);
        long payload = Excerpt.payload(at);
        if (array == null) {
          Excerpt.copy(address, payload, byteCount);
        } else {
          Excerpt.write(array, payload);
        }
        bytes.writePosition(start + (payload - at) + byteCount);
      } catch (RuntimeException | InternalError e) {
        document.rollbackOnClose();
        throw e;
      }
    } catch (RuntimeException | InternalError e) {
      // InternalError: the JVM's word for SIGBUS, when a mapped page has no block on the disk.
      LOG.error("journal {}: append failed: {}", settings.directory(), e.toString());
      refuse(true, clock.millis());
      appender.close();
      appender = newAppender();
      return false;
    }
    fileBytes += byteCount + Excerpt.HEADER_LENGTH;
    if (kind == Excerpt.BATCH) {
      appendedNs = nowNs;
    }
    return true;
  }

  private static long nanos(InstantSource clock) {
    return clock.millis() * 1_000_000;
  }
}
