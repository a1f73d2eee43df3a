package sh.retina.agent;

import org.jspecify.annotations.Nullable;
import sh.retina.journal.Journal;
import sh.retina.journal.JournalKeeper;

/** The journal that this process writes; none when it reads a recorded one. */
record LiveJournal(@Nullable JournalKeeper keeper) {
  static final LiveJournal NONE = new LiveJournal(null);

  /** The one to append to now: another when the directory fails or comes back. */
  @Nullable Journal journal() {
    return keeper == null ? null : keeper.current();
  }

  /** Whether history is kept, or none is to be. */
  boolean isKept() {
    return keeper == null || !keeper.isDegraded();
  }
}
