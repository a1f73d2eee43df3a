package sh.retina.journal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;

/**
 * The journal of a node, open for writing: batches of raw records, and between them the changes of
 * what the agent knows about the node. One thread appends batches and calls {@link #maintain};
 * everything else may come from any thread. What {@link #append} has accepted survives the death of
 * the process, not that of the machine.
 *
 * <p>Each file begins with every source and a snapshot of the context and can be read alone. Change
 * your own state first, then call {@link #appendContext}: a new file's snapshot then holds at least
 * what was appended before it, and a change may be met again after a snapshot that has it already.
 * The snapshot is asked for with no lock of the journal held.
 *
 * <p>Errors: {@link JournalException} from {@link #open} when the directory is damaged, foreign, or
 * in use. A full disk is not an error: {@link #append} returns false and counts until there is
 * space again.
 */
public final class Journal implements AutoCloseable {
  /**
   * The most that one {@link #append} takes, just under 1 MiB; a larger span is the caller's to
   * split.
   */
  public static final int MAX_BATCH_BYTES = Excerpt.MAX_PAYLOAD_BYTES;

  private static final Logger LOG = System.getLogger(Journal.class.getName());

  private final JournalSettings settings;
  private final JournalClock clock;
  private final Supplier<byte[]> contextSnapshot;
  private final DirectoryLock directoryLock;
  private final SharedQueue queue;
  private final JournalTail tail;
  private final long runId;
  private final Succession succession;
  private final Set<String> readerNames = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<JournalSource> sources = new ArrayList<>();

  /** Changes appended while a snapshot for the next file is being taken; null when none is. */
  private @Nullable List<byte[]> changesDuringSnapshot;

  private boolean isClosed;
  private volatile boolean isRefusing;
  private volatile long appendedRecords;
  private volatile long appendedBytes;
  private volatile long newestNs;

  private Journal(
      JournalSettings settings,
      JournalClock clock,
      Supplier<byte[]> contextSnapshot,
      DirectoryLock directoryLock,
      SingleChronicleQueue queue,
      JournalTail tail,
      long runId,
      Runnable onClosed) {
    this.settings = settings;
    this.clock = clock;
    this.contextSnapshot = contextSnapshot;
    this.directoryLock = directoryLock;
    this.queue = new SharedQueue(queue, onClosed);
    this.tail = tail;
    this.runId = runId;
    this.succession = new Succession(queue.rollCycle().toIndex(tail.newestCycle() + 1, 0));
  }

  /**
   * Opens the journal for writing, alone: the directory is made if need be and locked until {@link
   * #close} or the death of the process.
   */
  public static Journal open(
      JournalSettings settings, JournalClock clock, Supplier<byte[]> contextSnapshot) {
    return open(settings, clock, contextSnapshot, 0, () -> {});
  }

  /**
   * @param afterCycle files have greater ones
   * @param onClosed runs when the journal and all of its readers are closed
   */
  static Journal open(
      JournalSettings settings,
      JournalClock clock,
      Supplier<byte[]> contextSnapshot,
      int afterCycle,
      Runnable onClosed) {
    DirectoryLock directoryLock = DirectoryLock.take(settings.directory());
    try {
      JournalFiles.check(settings.directory(), true);
      CycleClock cycles =
          JournalFiles.clock(settings.directory(), clock.wall().millis(), afterCycle);
      SingleChronicleQueue queue = QueueDirectory.open(settings.directory(), cycles, false);
      QueueDirectory.unlock(queue);
      long runId = RandomGenerator.getDefault().nextLong() | 1;
      JournalTail tail = new JournalTail(settings, queue, cycles, runId, clock);
      return new Journal(
          settings, clock, contextSnapshot, directoryLock, queue, tail, runId, onClosed);
    } catch (Exception e) { // Chronicle throws checked ones undeclared
      directoryLock.close();
      throw e;
    } catch (InternalError e) {
      directoryLock.close();
      throw new JournalException(settings.directory(), "cannot be mapped: is the disk full?", e);
    }
  }

  /**
   * Makes a plugin known, before its first batch. The same description again gives the same source;
   * another one replaces the plugin's source, and its records are numbered on.
   *
   * @param attributes what decoding needs besides the BTF; with it at most {@link #MAX_BATCH_BYTES}
   */
  public JournalSource addSource(String plugin, byte[] btf, Map<String, byte[]> attributes) {
    byte[] description = Excerpt.describe(plugin, btf, attributes);
    lock.lock();
    try {
      JournalSource.Counters counters = new JournalSource.Counters();
      int id = 0;
      for (JournalSource known : sources) {
        id = Math.max(id, known.id() + 1);
        if (Arrays.equals(known.description(), description)) {
          return known;
        }
        if (known.plugin().equals(plugin)) {
          counters = known.counters();
        }
      }
      JournalSource source = new JournalSource(id, runId, plugin, btf, attributes, counters);
      sources.removeIf(known -> known.plugin().equals(plugin));
      sources.add(source);
      tail.appendSource(source, nowNs());
      return source;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Appends a span of ring-buffer records with one copy. Appending thread only; allocates nothing
   * but when a file begins.
   *
   * @param address absolute address of the first record's header
   * @param byteCount length of the span, at most {@link #MAX_BATCH_BYTES}
   * @param records how many records it holds
   * @param realtimeOffsetNs what added to the records' times gives wall-clock ns since 1970
   * @return false when it was not written (too large, disk full); the records are counted as the
   *     source's lost ones
   */
  public boolean append(
      JournalSource source, long address, long byteCount, int records, long realtimeOffsetNs) {
    boolean isWritten =
        byteCount > 0
            && byteCount <= MAX_BATCH_BYTES
            && appendOrRoll(source, address, (int) byteCount, records, realtimeOffsetNs, nowNs());
    if (!isWritten) {
      source.counters().lost(records);
    }
    if (isWritten == isRefusing) {
      isRefusing = !isWritten;
      String what = isRefusing ? "refuses" : "takes again";
      String span = " source=" + source + " bytes=" + byteCount;
      LOG.log(Level.WARNING, "journal " + what + ": " + settings.directory() + span);
    }
    return isWritten;
  }

  private boolean appendOrRoll(
      JournalSource source,
      long address,
      int byteCount,
      int records,
      long realtimeOffsetNs,
      long nowNs) {
    lock.lock();
    try {
      if (!tail.isRollDue(byteCount)) {
        return appendBatch(source, address, byteCount, records, realtimeOffsetNs, nowNs);
      }
    } finally {
      lock.unlock();
    }
    roll(nowNs);
    lock.lock();
    try {
      return appendBatch(source, address, byteCount, records, realtimeOffsetNs, nowNs);
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
  private boolean appendBatch(
      JournalSource source,
      long address,
      int byteCount,
      int records,
      long realtimeOffsetNs,
      long nowNs) {
    if (!tail.appendBatch(source, address, byteCount, records, realtimeOffsetNs, nowNs)) {
      return false;
    }
    source.counters().appended(records);
    appendedRecords += records;
    appendedBytes += byteCount;
    newestNs = nowNs;
    queue.arrivals().tell();
    return true;
  }

  /**
   * Appends a change of the context, between the batches before and after it. Until the first batch
   * is appended nothing is written, as the snapshot that comes first has it. Any thread.
   */
  public void appendContext(byte[] change) {
    lock.lock();
    try {
      if (changesDuringSnapshot != null) {
        changesDuringSnapshot.add(change);
      }
      tail.appendContext(change, nowNs());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Begins a new file when the current one is old enough, and lets go what is older than the
   * settings keep. Appending thread; worth a call each second or so while there is nothing to
   * append.
   */
  public void maintain() {
    long nowNs = nowNs();
    lock.lock();
    boolean isRollDue;
    try {
      isRollDue = tail.isWhole() && tail.isRollDue(0);
      tail.enforceRetention();
    } finally {
      lock.unlock();
    }
    if (isRollDue) {
      roll(nowNs);
    }
  }

  private void roll(long nowNs) {
    lock.lock();
    try {
      if (isClosed || !tail.hasSpace(Excerpt.HEADER_BYTES)) {
        return;
      }
      changesDuringSnapshot = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    byte[] snapshot = contextSnapshot.get();
    lock.lock();
    try {
      List<byte[]> changes = changesDuringSnapshot == null ? List.of() : changesDuringSnapshot;
      changesDuringSnapshot = null;
      if (!isClosed) {
        tail.beginFile(sources, snapshot, changes, nowNs);
      }
    } finally {
      lock.unlock();
    }
  }

  private long nowNs() {
    return clock.wallNs();
  }

  /**
   * A reader of this journal, for one thread. Close it before or after the journal; a named one
   * once at a time.
   *
   * @param listener is told of sources, context and losses from {@link JournalReader#next}
   */
  public JournalReader reader(Start start, JournalReader.Listener listener) {
    if (start instanceof Start.Named(String name) && !readerNames.add(name)) {
      throw new IllegalStateException("there is a reader of that name already: " + name);
    }
    queue.retain();
    return new JournalReader(queue, this, settings.directory(), start, listener);
  }

  /** Whether what was appended last was refused, or the directory is not what it was. */
  boolean isFailing() {
    return isRefusing || !directoryLock.isInPlace();
  }

  /** Whether a reader waits for the next record. Any thread. */
  public boolean isAwaited() {
    return queue.arrivals().areAwaited();
  }

  Succession succession() {
    return succession;
  }

  /** Nothing is appended here any more, but in {@code next}. */
  void continueIn(Journal next) {
    queue.keep(next.queue);
    succession.end(next, tail.newestCycle());
    queue.arrivals().tell();
  }

  /** Those of this run. */
  List<JournalSource> sources() {
    lock.lock();
    try {
      return List.copyOf(sources);
    } finally {
      lock.unlock();
    }
  }

  int newestCycle() {
    return tail.newestCycle();
  }

  void closed(Start start) {
    if (start instanceof Start.Named(String name)) {
      readerNames.remove(name);
    }
  }

  long runId() {
    return runId;
  }

  int oldestCycle() {
    return tail.oldestCycle();
  }

  JournalClock clock() {
    return clock;
  }

  /** Bytes that the journal's files take, up to their last excerpt (they are sparse). */
  public long bytesOnDisk() {
    return tail.bytesOnDisk();
  }

  /** Records appended by all sources in this run. */
  public long appendedRecords() {
    return appendedRecords;
  }

  /** Bytes of records appended by all sources in this run. */
  public long appendedBytes() {
    return appendedBytes;
  }

  /** Since when there are records; empty for an empty journal. */
  public Optional<Instant> oldest() {
    long oldestNs = tail.oldestNs();
    return oldestNs == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(Instant.ofEpochSecond(0, oldestNs));
  }

  /** When the last batch was appended in this run; empty before the first. */
  public Optional<Instant> newest() {
    long lastNs = newestNs;
    return lastNs == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(0, lastNs));
  }

  /** Ends writing; readers keep what they have mapped until they are closed. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (isClosed) {
        return;
      }
      isClosed = true;
      tail.close();
    } finally {
      lock.unlock();
    }
    queue.release();
    directoryLock.close();
  }
}
