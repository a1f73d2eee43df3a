package sh.retina.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a journal is and how much of it is kept.
 *
 * @param maxBytes oldest files go when all together are larger; the newest stays whatever its size
 * @param maxAge oldest files go when their last record is older
 */
public record JournalSettings(Path directory, long maxBytes, Duration maxAge) {
  /** What one file may hold before the next begins: retention takes whole files. */
  long maxFileBytes() {
    return Math.max(maxBytes / 8, 1L << 20);
  }

  /** How long one file is written to. */
  Duration maxFileAge() {
    Duration sixth = maxAge.dividedBy(6);
    Duration tenMinutes = Duration.ofMinutes(10);
    return sixth.compareTo(tenMinutes) < 0 ? sixth : tenMinutes;
  }
}
