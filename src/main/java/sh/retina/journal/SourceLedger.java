package sh.retina.journal;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The sources that a reader has met in the run it is in, and how many records of each plugin it has
 * come past: what is missing between two batches shows here. Not thread-safe, but for {@link
 * #passedRecords}.
 */
final class SourceLedger implements AutoCloseable {
  /** An id beyond it is damage: ids count the plugins of one run and their reloads. */
  private static final int MOST_SOURCES = 1 << 16;

  private static final int FIRST_SLOTS = 8;

  private final JournalReader.Listener listener;
  private final Function<String, Progress> newProgress;
  private final long countedRun;
  private final Map<String, Progress> progressByPlugin = new HashMap<>();
  private @Nullable Slot[] slots = new Slot[FIRST_SLOTS];
  private long runId;
  private volatile long passedRecords;

  /** A source and how far its plugin's records have been read. */
  record Slot(JournalSource source, Progress progress) {}

  /**
   * @param newProgress how far the reader is in the records of a plugin that it meets for the first
   *     time
   * @param countedRun the run whose records {@link #passedRecords} counts
   */
  SourceLedger(
      JournalReader.Listener listener, Function<String, Progress> newProgress, long countedRun) {
    this.listener = listener;
    this.newProgress = newProgress;
    this.countedRun = countedRun;
  }

  /** The source of a batch; null when it was not described before. */
  @Nullable Slot slot(long run, int id) {
    return run == runId && id >= 0 && id < slots.length ? slots[id] : null;
  }

  /** Takes note of a source and tells the listener of a new one; null when it cannot be one. */
  @Nullable Slot meet(JournalSource source) {
    if (source.id() < 0 || source.id() >= MOST_SOURCES) {
      return null;
    }
    if (source.runId() != runId) {
      runId = source.runId();
      Arrays.fill(slots, null);
    }
    if (source.id() >= slots.length) {
      slots = Arrays.copyOf(slots, Math.max(source.id() + 1, slots.length * 2));
    }
    Slot slot = slots[source.id()];
    if (slot == null) {
      slot = new Slot(source, progressByPlugin.computeIfAbsent(source.plugin(), newProgress));
      slots[source.id()] = slot;
      listener.onSource(source);
    }
    return slot;
  }

  /**
   * The reader comes to the records from number {@code first} to before {@code next}.
   *
   * @param isTold whether the listener hears of what is missing before them
   * @return false when it has passed them before
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one reading thread
  boolean pass(Slot slot, long first, long next, boolean isTold) {
    Progress progress = slot.progress;
    if (progress.isPast(runId, next)) {
      return false;
    }
    long missing = progress.missingBefore(runId, first);
    if (missing > 0 && isTold) {
      listener.onLost(slot.source.plugin(), missing);
    }
    if (runId == countedRun) {
      boolean isSameRun = progress.isKnown() && progress.runId() == runId;
      passedRecords += isSameRun ? next - progress.next() : next;
    }
    progress.reach(runId, next);
    slot.source.counters().reached(first);
    return true;
  }

  /**
   * The writer's run has ended, and no more of it can be read: tells what is missing up to its end.
   *
   * @param isAll whether the reader should have read also plugins that it has not met
   */
  void end(List<JournalSource> written, boolean isAll) {
    for (JournalSource source : written) {
      Progress progress = progressByPlugin.get(source.plugin());
      boolean isMet = progress != null && progress.isKnown() && progress.runId() == source.runId();
      long next = progress != null && isMet ? progress.next() : 0;
      long missing = isMet || isAll ? source.appendedRecords() - next : 0;
      if (missing > 0) {
        listener.onLost(source.plugin(), missing);
      }
    }
  }

  /** Records of the counted run that have been read, passed over or lost. Any thread. */
  long passedRecords() {
    return passedRecords;
  }

  @Override
  public void close() {
    progressByPlugin.values().forEach(Progress::close);
  }
}
