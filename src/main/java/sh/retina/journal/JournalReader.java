package sh.retina.journal;

import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.core.io.Closeable;
import net.openhft.chronicle.core.values.LongValue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.wire.DocumentContext;
import org.jspecify.annotations.Nullable;

/**
 * A position in the journal: batches in the order of their append, with sources, context changes
 * and losses told in between. Reads at its own pace; when retention overtakes it, it goes on with
 * the oldest file and says how much it missed. One thread at a time, but for the lag, which any
 * thread may ask for. Allocates nothing per batch.
 */
public final class JournalReader implements AutoCloseable {
  private final SharedQueue shared;
  private final @Nullable Journal journal;
  private final Path directory;
  private final Start start;
  private final Listener listener;
  private final RollCycle rollCycle;
  private final ExcerptTailer tailer;
  private final @Nullable LongValue savedIndex;
  private final StartPoint startPoint;
  private final SourceLedger ledger;
  private final ContextParts contextParts = new ContextParts();

  /** Whether files went unread, before this reader could learn how far it was in them. */
  private boolean hasGap;

  private int cycle;
  private @Nullable EventBatch batch;
  private @Nullable DocumentContext held;
  private @Nullable Progress heldProgress;
  private boolean isClosed;
  private long stuckAt = Long.MIN_VALUE; // where no file followed what could not be read
  private volatile long upToDateNs;
  private long arrivedAtEnd; // until the end was found last

  /**
   * What lies between the batches. Called on the reading thread, from {@link #next}, before the
   * batch that follows.
   */
  public interface Listener {
    /** Batches of this source may follow. Once per source and run. */
    void onSource(JournalSource source);

    /**
     * The context changed.
     *
     * @param context as it was given to {@link Journal#appendContext}, or by the snapshot supplier
     * @param isSnapshot whether it is all of the context and replaces what was told before
     */
    void onContext(byte[] context, boolean isSnapshot);

    /**
     * Records were deleted before this reader came to them. Exact while the reader follows one run
     * of the writer. At least that many across runs, and when the reader had not met the plugin
     * yet, so that all it can say is one.
     */
    void onLost(String plugin, long records);
  }

  JournalReader(
      SharedQueue shared,
      @Nullable Journal journal,
      Path directory,
      Start start,
      Listener listener) {
    this.shared = shared;
    this.journal = journal;
    this.directory = directory;
    this.start = start;
    this.listener = listener;
    SingleChronicleQueue queue = shared.queue();
    this.rollCycle = queue.rollCycle();
    this.savedIndex = start instanceof Start.Named(String name) ? queue.indexForId(name) : null;
    this.startPoint =
        StartPoint.of(queue, directory, start, savedIndex == null ? 0 : savedIndex.getValue());
    this.hasGap = startPoint.hasGap();
    this.upToDateNs = nowNs();
    this.ledger = new SourceLedger(listener, this::progress, journal == null ? 0 : journal.runId());
    this.tailer = queue.createTailer();
    tailer.singleThreadedCheckDisabled(true);
    this.cycle = FirstFile.moveTo(tailer, directory, startPoint);
  }

  /**
   * Reads a journal that nobody writes, such as a recording; nothing in the directory is changed.
   * What is appended after this may not be seen.
   *
   * @param start any but {@link Start.Named}
   */
  public static JournalReader replay(Path directory, Start start, Listener listener) {
    if (start instanceof Start.Named) {
      throw new IllegalArgumentException("a replay has no named positions: " + start);
    }
    SharedQueue shared = QueueDirectory.openRecorded(directory);
    try {
      return new JournalReader(shared, null, directory, start, listener);
    } catch (InternalError | Exception e) { // Chronicle throws checked ones undeclared
      shared.release();
      JournalException damaged = new JournalException(directory, "is damaged: move it away", e);
      throw e instanceof JournalException known ? known : damaged;
    }
  }

  /**
   * The next batch, or null when there is none yet. The one returned before is thereby done with
   * and its memory gone. After a {@link JournalException} the damaged excerpt has been passed over
   * and the next call goes on behind it.
   */
  public @Nullable EventBatch next() {
    if (isClosed) {
      throw new IllegalStateException("reader is closed");
    }
    long arrived;
    do {
      arrived = shared.arrivals().count();
      try {
        release();
        leaveDeletedFiles();
        EventBatch found = readBatch();
        // A page of the mapped file that cannot be had is told late by compiled code, where some
        // method returns, which may be our caller's. At the latest where native code returns.
        var _ = Thread.holdsLock(this);
        if (found != null) {
          return found;
        }
        break;
      } catch (InternalError e) {
        // The page behind the last excerpt cannot be had: the disk is full, so nothing has been
        // appended there either. In an older file: it was cut, and the numbers show what is
        // missing.
        letGo();
      }
    } while (skipFile());
    upToDateNs = nowNs();
    arrivedAtEnd = arrived;
    return null;
  }

  private @Nullable EventBatch readBatch() {
    for (DocumentContext document = read(); document != null; document = read()) {
      boolean isBatch = false;
      try {
        isBatch = take(document);
      } finally {
        if (!isBatch) {
          document.close();
        }
      }
      if (isBatch) {
        held = document;
        return batch;
      }
    }
    return null;
  }

  /**
   * After {@link #next} gave null: waits until there may be more, or so long. Reading thread; ended
   * early by {@link java.util.concurrent.locks.LockSupport#unpark}.
   */
  public void await(long maxNs) {
    shared.arrivals().await(arrivedAtEnd, maxNs);
  }

  private @Nullable DocumentContext read() {
    try {
      DocumentContext document = tailer.readingDocument();
      if (document.isPresent() && !isBeyondEnd(document)) {
        return document;
      }
      document.close();
      return null;
    } catch (Exception e) { // Chronicle throws checked ones undeclared
      Path file = currentFile();
      long place = tailer.lastReadIndex();
      if (!skipFile() && place == stuckAt) {
        return null;
      }
      stuckAt = place;
      throw new JournalException(file, "cannot be read on; move it away to go on with the next", e);
    }
  }

  private boolean isBeyondEnd(DocumentContext document) {
    return journal != null && journal.succession().isBeyond(rollCycle.toCycle(document.index()));
  }

  /** Goes on with the next file, if there is one: what is missing shows in the numbers there. */
  private boolean skipFile() {
    int next = FirstFile.moveBehind(tailer, directory, cycle);
    boolean isThere = next != cycle;
    if (isThere) {
      cycle = next;
      contextParts.forget();
    }
    return isThere;
  }

  /** Looks at an excerpt; true when it is a batch to deliver. */
  private boolean take(DocumentContext document) {
    Bytes<?> bytes = document.wire().bytes();
    long position = bytes.readPosition();
    long length = bytes.readRemaining();
    long address = bytes.addressForRead(position);
    long index = document.index();
    if (rollCycle.toCycle(index) != cycle) {
      contextParts.forget();
      cycle = rollCycle.toCycle(index);
    }
    long mapped = bytes.bytesStore().realCapacity() - (position - bytes.bytesStore().start());
    if (length > mapped || !Excerpt.isSound(address, length)) {
      throw damaged(index);
    }
    switch (Excerpt.kind(address)) {
      case Excerpt.BATCH -> {
        return takeBatch(address, index);
      }
      case Excerpt.SOURCE -> takeSource(address, index);
      case Excerpt.CONTEXT -> takeContext(address);
      default -> throw damaged(index);
    }
    return false;
  }

  private boolean takeBatch(long address, long index) {
    SourceLedger.Slot slot = ledger.slot(Excerpt.runId(address), Excerpt.sourceId(address));
    if (slot == null) {
      throw damaged(index);
    }
    long sequence = Excerpt.sequence(address);
    boolean isWanted = index >= startPoint.firstIndex();
    boolean isNew = ledger.pass(slot, sequence, sequence + Excerpt.count(address), isWanted);
    if (!isNew || !isWanted || Excerpt.appendedNs(address) < startPoint.sinceNs()) {
      return false;
    }
    EventBatch cursor = batch;
    if (cursor == null) {
      cursor = new EventBatch(slot.source());
      batch = cursor;
    }
    cursor.moveTo(slot.source(), address, index);
    heldProgress = slot.progress();
    return true;
  }

  private void takeSource(long address, long index) {
    SourceLedger.Slot slot;
    try {
      slot = ledger.meet(shared.sharing(Excerpt.source(address)));
    } catch (IOException e) {
      JournalException damaged = damaged(index);
      damaged.addSuppressed(e);
      throw damaged;
    }
    if (slot == null) {
      throw damaged(index);
    }
    long next = Excerpt.sequence(address);
    if (hasGap && !slot.progress().isKnown() && next > 0) {
      listener.onLost(slot.source().plugin(), 1);
    }
    ledger.pass(slot, next, next, index >= startPoint.firstIndex());
  }

  /**
   * Whether what is appended goes elsewhere now: asked before {@link #next}, null from that one is
   * then the end of this journal. {@link #successor} reads on.
   */
  public boolean isSuperseded() {
    return journal != null && journal.succession().isEnded();
  }

  /**
   * A reader of the journal that went on after this one: a named one where it stopped there, others
   * with that run's first record. Call {@link #close} on this one.
   */
  public JournalReader successor() {
    return Succession.reader(journal, start, listener, ledger);
  }

  private Progress progress(String plugin) {
    return start instanceof Start.Named(String name)
        ? Progress.saved(shared.queue(), name, plugin, hasGap)
        : Progress.unsaved();
  }

  private void takeContext(long address) {
    boolean isSnapshot = (Excerpt.sourceId(address) & Excerpt.SNAPSHOT) != 0;
    byte[] part = Excerpt.payloadCopy(address);
    byte[] context = contextParts.add(part, Excerpt.count(address) == 0);
    if (context != null) {
      listener.onContext(context, isSnapshot);
    }
  }

  /** Retention has overtaken this reader: lets go of what it has mapped, so that disk is free. */
  private void leaveDeletedFiles() {
    if (journal != null && cycle != StartPoint.OLDEST && cycle < journal.oldestCycle()) {
      cycle = StartPoint.OLDEST;
      hasGap = true;
      contextParts.forget();
      if (JournalFiles.deleteEmpty(directory, journal.oldestCycle())) {
        shared.queue().refreshDirectoryListing();
      }
      // Not to the start: until the file is deleted, a little later, that is where we are.
      if (FirstFile.moveFrom(tailer, directory, journal.oldestCycle()) == StartPoint.OLDEST) {
        FirstFile.moveTo(tailer);
      }
    }
  }

  private void release() {
    DocumentContext document = held;
    EventBatch done = batch;
    if (document == null || done == null) {
      return;
    }
    held = null;
    document.close();
    if (savedIndex != null) {
      if (heldProgress != null) {
        heldProgress.save();
      }
      savedIndex.setValue(done.position() + 1);
    }
  }

  /** Of a batch that counts as not read. */
  private void letGo() {
    if (held != null) {
      held.close();
      held = null;
    }
  }

  private JournalException damaged(long index) {
    return new JournalException(
        currentFile(),
        "damaged at position "
            + index
            + ", or written by a newer agent: read it with that one, or move the file away");
  }

  private Path currentFile() {
    return cycle == StartPoint.OLDEST ? directory : JournalFiles.file(directory, cycle);
  }

  private long nowNs() {
    return journal == null ? 0 : journal.clock().runningNs();
  }

  /** Of the excerpt that was read last: where what a listener is told lies. */
  public long position() {
    return tailer.lastReadIndex();
  }

  /**
   * Records of the writer's present run that have been appended but not read or passed over. Zero
   * for a replay. Any thread.
   */
  public long lagRecords() {
    return journal == null ? 0 : Math.max(0, journal.appendedRecords() - passedRecords());
  }

  /** Records of that run which have been read, passed over or lost. */
  public long passedRecords() {
    return ledger.passedRecords();
  }

  /** For how long this reader has not had all, in ns; zero for a replay. Any thread. */
  public long lagNs() {
    return journal == null || lagRecords() == 0 ? 0 : Math.max(0, nowNs() - upToDateNs);
  }

  /** A batch that was not followed by another {@link #next} counts as not read. */
  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    letGo();
    ledger.close();
    Closeable.closeQuietly(savedIndex);
    tailer.close();
    shared.release();
    if (journal != null) {
      journal.closed(start);
    }
  }
}
