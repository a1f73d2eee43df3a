package sh.retina.journal;

import org.jspecify.annotations.Nullable;

/**
 * Where the records of a run of the writer begin, and which journal has those that come after its
 * last one. Thread-safe.
 */
final class Succession {
  private final long beginIndex;
  private volatile @Nullable Next next;

  private record Next(Journal journal, int lastCycle) {}

  Succession(long beginIndex) {
    this.beginIndex = beginIndex;
  }

  /** Nothing is appended here any more: {@code lastCycle} was the last file. */
  void end(Journal successor, int lastCycle) {
    next = new Next(successor, lastCycle);
  }

  boolean isEnded() {
    return next != null;
  }

  /** Whether a file is the successor's: it may be in the same directory. */
  boolean isBeyond(int cycle) {
    Next after = next;
    return after != null && cycle > after.lastCycle;
  }

  /**
   * The reader that goes on after one that has come to the end of {@code ended}: a named one where
   * it stopped there, others with the successor's first record. What the old one could not read to
   * the end is told as lost.
   */
  static JournalReader reader(
      @Nullable Journal ended, Start start, JournalReader.Listener listener, SourceLedger read) {
    Next after = ended == null ? null : ended.succession().next;
    if (ended == null || after == null) {
      throw new IllegalStateException("the journal was not succeeded by another");
    }
    boolean isNamed = start instanceof Start.Named;
    read.end(ended.sources(), isNamed);
    return after.journal.reader(
        isNamed ? start : new Start.From(after.journal.succession().beginIndex), listener);
  }
}
