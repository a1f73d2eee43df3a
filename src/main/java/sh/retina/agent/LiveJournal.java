package sh.retina.agent;

import org.jspecify.annotations.Nullable;
import sh.retina.journal.Journal;

/** The journal that this process writes; none when it reads a recorded one. */
record LiveJournal(@Nullable Journal journal) {
  static final LiveJournal NONE = new LiveJournal(null);
}
