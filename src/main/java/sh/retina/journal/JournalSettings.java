package sh.retina.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the journal is and how much of the past it keeps: the oldest file goes when all of them
 * exceed {@code maxBytes} or when its last record is older than {@code maxAge}. A file is an eighth
 * of the bytes or a sixth of the age (at most ten minutes), so that about that share of the past
 * goes at a time. On a volume too small for {@code maxBytes}, nine tenths of what it can give are
 * used.
 */
public record JournalSettings(Path directory, long maxBytes, Duration maxAge) {
  static final long SMALLEST_BYTES = 1 << 20;
  private static final int FILES_BY_BYTES = 8;
  private static final int FILES_BY_AGE = 6;
  private static final Duration LONGEST_FILE = Duration.ofMinutes(10);

  public JournalSettings {
    if (maxBytes < SMALLEST_BYTES) {
      throw new IllegalArgumentException("a journal needs at least 1 MiB: maxBytes=" + maxBytes);
    }
    if (maxAge.toMillis() <= 0) {
      throw new IllegalArgumentException(
          "a journal must keep records for at least 1 ms: maxAge=" + maxAge);
    }
  }

  static long fileBytes(long totalBytes) {
    return totalBytes / FILES_BY_BYTES;
  }

  Duration fileAge() {
    Duration share = maxAge.dividedBy(FILES_BY_AGE);
    return share.compareTo(LONGEST_FILE) < 0 ? share : LONGEST_FILE;
  }
}
