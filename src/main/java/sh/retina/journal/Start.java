package sh.retina.journal;

import java.time.Instant;

/** Where a reader begins. */
public sealed interface Start {
  /** The oldest batch that is kept. */
  record Oldest() implements Start {}

  /** What is appended from now on. */
  record Newest() implements Start {}

  /** The first batch that was appended at or after this time. */
  record Since(Instant time) implements Start {}

  /** The batch after the one at this position; the oldest kept if that file is gone. */
  record After(long position) implements Start {}

  /**
   * Where the reader of this name stopped, also in an earlier run; the oldest batch for a new name.
   */
  record Named(String name) implements Start {}
}
