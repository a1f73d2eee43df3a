package sh.retina.kubernetes;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: twice as long each time, half of it by chance, so that all
 * agents of a cluster do not come back at one moment. Not thread-safe.
 */
final class Backoff {
  private static final int MAX_DOUBLINGS = 16;

  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private int failures;

  Backoff(Duration first, Duration longest, RandomGenerator random) {
    this.first = first;
    this.longest = longest;
    this.random = random;
  }

  /** {@code atLeast}: what the server asked for. */
  Duration next(Duration atLeast) {
    long full = first.toMillis() << Math.min(failures++, MAX_DOUBLINGS);
    full = Math.min(full, longest.toMillis());
    Duration chosen = Duration.ofMillis(full / 2 + random.nextLong(full / 2 + 1));
    return chosen.compareTo(atLeast) > 0
        ? chosen
        : atLeast.plusMillis(random.nextLong(first.toMillis() + 1));
  }

  void reset() {
    failures = 0;
  }
}
