package sh.retina.journal;

import java.time.Instant;

/**
 * Where a reader begins. Wherever that is, it is first told the sources and the context that hold
 * there.
 */
public sealed interface Start {
  /** With the oldest batch that is kept. */
  record Oldest() implements Start {}

  /** With the first batch appended from now on. */
  record Newest() implements Start {}

  /** With the batches appended at that time or later. */
  record Since(Instant time) implements Start {}

  /**
   * With the batch after the one at that position ({@link EventBatch#position}). When its file is
   * gone, with the oldest: the listener is then told of one lost record for each plugin that had
   * records before, which means one or more.
   */
  record After(long position) implements Start {
    public After {
      if (position < 0) {
        throw new IllegalArgumentException("no position in a journal: " + position);
      }
    }
  }

  /**
   * With the batch at that position, which need not be there yet; those before it are passed over.
   */
  record From(long position) implements Start {}

  /**
   * Where the reader of that name stopped, also in an earlier run, and with the oldest batch the
   * first time. A batch counts as read once the next one is asked for; one that was being worked on
   * is delivered again. Live journals only.
   */
  record Named(String name) implements Start {
    public Named {
      if (!name.matches("[a-z][a-z0-9-]{0,31}")) {
        throw new IllegalArgumentException(
            "a reader's name has up to 32 of a-z, 0-9 and '-': " + name);
      }
    }
  }
}
