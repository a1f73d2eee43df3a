package sh.retina.journal;

/**
 * Records that were read from a ring at one time, as the kernel wrote them. A reader has one and
 * fills it anew: it and the memory that it points to are valid until the reader's next call. Not
 * thread-safe.
 */
public final class EventBatch {
  private JournalSource source = new JournalSource(0, 0, "", new byte[0], java.util.Map.of());
  private long position;
  private long header;
  private long address;
  private long byteCount;

  EventBatch() {}

  void set(JournalSource from, long at, long start, long end) {
    source = from;
    position = at;
    header = start;
    address = Excerpt.payload(start);
    byteCount = Math.max(0, end - address);
  }

  public JournalSource source() {
    return source;
  }

  /** Where the records begin in native memory, in the ring's own format with its record headers. */
  public long address() {
    return address;
  }

  public long byteCount() {
    return byteCount;
  }

  /** How many records there are, discarded ones not counted. */
  public int records() {
    return Excerpt.records(header);
  }

  /** Number of the first record among all of its source, from 0. */
  public long firstSequence() {
    return Excerpt.sequence(header);
  }

  /** What to add to the records' CLOCK_MONOTONIC to get nanoseconds since 1970. */
  public long realtimeOffsetNs() {
    return Excerpt.realtimeOffsetNs(header);
  }

  /** Wall clock of the writing, ns since 1970. */
  public long appendedNs() {
    return Excerpt.appendedNs(header);
  }

  /** Place in the journal: grows, and is what {@link Start.After} takes. */
  public long position() {
    return position;
  }
}
