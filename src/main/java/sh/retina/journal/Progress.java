package sh.retina.journal;

import net.openhft.chronicle.core.io.Closeable;
import net.openhft.chronicle.core.values.LongValue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import org.jspecify.annotations.Nullable;

/**
 * How far a reader has come in the records of one plugin, and hence what is missing before the
 * next. A named reader keeps it in Chronicle's metadata file, so that the count is exact even if
 * its file went while it was away. Not thread-safe.
 */
final class Progress implements AutoCloseable {
  private final @Nullable LongValue savedRun;
  private final @Nullable LongValue savedNext;
  private boolean isKnown;
  private long runId;
  private long next;

  private Progress(@Nullable LongValue savedRun, @Nullable LongValue savedNext) {
    this.savedRun = savedRun;
    this.savedNext = savedNext;
  }

  static Progress unsaved() {
    return new Progress(null, null);
  }

  /**
   * @param isResumed whether to begin with what was saved: there is nothing better, as the file
   *     read last is gone
   */
  static Progress saved(
      SingleChronicleQueue queue, String reader, String plugin, boolean isResumed) {
    LongValue run = queue.indexForId(reader + "/" + plugin + "/run");
    LongValue next = queue.indexForId(reader + "/" + plugin + "/next");
    Progress progress = new Progress(run, next);
    if (isResumed && run.getValue() != 0) {
      progress.isKnown = true;
      progress.runId = run.getValue();
      progress.next = next.getValue();
    }
    return progress;
  }

  boolean isKnown() {
    return isKnown;
  }

  long runId() {
    return runId;
  }

  long next() {
    return next;
  }

  /**
   * Records missing before the one numbered {@code sequence}; of a run whose start was not met, all
   * before it.
   */
  long missingBefore(long run, long sequence) {
    if (!isKnown) {
      return 0;
    }
    return run == runId ? Math.max(0, sequence - next) : sequence;
  }

  /** Whether all records before this one have been passed. */
  boolean isPast(long run, long sequence) {
    return isKnown && run == runId && sequence <= next;
  }

  void reach(long run, long sequence) {
    isKnown = true;
    runId = run;
    next = sequence;
  }

  void save() {
    if (savedRun != null && savedNext != null) {
      savedNext.setValue(next);
      if (savedRun.getValue() != runId) {
        savedRun.setValue(runId);
      }
    }
  }

  @Override
  public void close() {
    Closeable.closeQuietly(savedRun, savedNext);
  }
}
