package sh.retina.export.flowlog;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses before another attempt: each about twice the one before, up to a longest one, until
 * something went well. Those of many agents spread, by half of each at the most. Thread-safe.
 */
final class Pauses {
  private static final double SPREAD = 0.5;

  private final Duration first;
  private final Duration longest;
  private Duration next;

  Pauses(Duration first, Duration longest) {
    this.first = first;
    this.longest = longest;
    this.next = first;
  }

  synchronized Duration next() {
    Duration pause = next;
    Duration doubled = pause.multipliedBy(2);
    next = doubled.compareTo(longest) > 0 ? longest : doubled;
    double part = ThreadLocalRandom.current().nextDouble(1 - SPREAD, 1 + SPREAD);
    return Duration.ofNanos((long) (pause.toNanos() * part));
  }

  synchronized void begin() {
    next = first;
  }
}
