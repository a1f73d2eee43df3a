package sh.retina.journal;

/**
 * A batch of raw records in the mapped journal: a cursor that its reader moves. Valid until the
 * reader's next call; the memory behind it must not be touched after that. Not thread-safe.
 */
public final class EventBatch {
  private JournalSource source;
  private long excerpt;
  private long position;

  EventBatch(JournalSource source) {
    this.source = source;
  }

  void moveTo(JournalSource source, long excerpt, long position) {
    this.source = source;
    this.excerpt = excerpt;
    this.position = position;
  }

  /** Who made it; the same object for all batches of a source in one run. */
  public JournalSource source() {
    return source;
  }

  /** Absolute address of the first record's ring-buffer header; divisible by 8. */
  public long address() {
    return Excerpt.payload(excerpt);
  }

  /** Length of all records with their headers. */
  public int byteCount() {
    return Excerpt.payloadBytes(excerpt);
  }

  public int records() {
    return Excerpt.count(excerpt);
  }

  /** Number of the first record among all that the plugin appended in that run, from 0. */
  public long firstSequence() {
    return Excerpt.sequence(excerpt);
  }

  /** What added to the records' times gives wall-clock ns since 1970. */
  public long realtimeOffsetNs() {
    return Excerpt.realtimeOffsetNs(excerpt);
  }

  /** Wall clock of the append, ns since 1970, in steps of a millisecond. */
  public long appendedNs() {
    return Excerpt.appendedNs(excerpt);
  }

  /** Where the batch is in the journal, growing; for {@link Start.After}. */
  public long position() {
    return position;
  }
}
