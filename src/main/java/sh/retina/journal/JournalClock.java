package sh.retina.journal;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The two clocks of a journal. Records carry the wall clock, which somebody may set at any moment,
 * by any amount; how old a file is and how long to pause is told by the one that only runs.
 *
 * @param wall time of day
 * @param monotonicNs ns since any moment
 */
public record JournalClock(InstantSource wall, LongSupplier monotonicNs) {
  public static JournalClock system() {
    return new JournalClock(InstantSource.system(), System::nanoTime);
  }

  /** Ns since 1970, in steps of a millisecond. */
  long wallNs() {
    return TimeUnit.MILLISECONDS.toNanos(wall.millis());
  }

  long runningNs() {
    return monotonicNs.getAsLong();
  }
}
