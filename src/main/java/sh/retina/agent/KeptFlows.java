package sh.retina.agent;

import sh.retina.export.hubble.History;
import sh.retina.journal.Journal;

/**
 * How many flows the journal holds: of this run, as an earlier one's are not counted until they are
 * read.
 */
record KeptFlows(LiveJournal live, long maxBytes) implements History {
  /** Of a record with its share of the batch's header, before there is a mean. */
  private static final long USUAL_BYTES = 128;

  private static final long ENOUGH_RECORDS = 1_000;

  @Override
  public long flows() {
    Journal journal = live.journal();
    return journal == null ? 0 : Math.min(journal.appendedRecords(), capacity());
  }

  @Override
  public long capacity() {
    Journal journal = live.journal();
    if (journal == null) {
      return 0;
    }
    long records = journal.appendedRecords();
    return maxBytes
        / (records < ENOUGH_RECORDS ? USUAL_BYTES : Math.max(1, journal.appendedBytes() / records));
  }
}
