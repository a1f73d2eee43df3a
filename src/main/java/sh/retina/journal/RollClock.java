package sh.retina.journal;

import net.openhft.chronicle.core.time.TimeProvider;

/**
 * The time that Chronicle is told, which decides what file it writes to: it stands still until we
 * want a new file, and then goes to the next cycle or to the real time's, whichever is later. So a
 * flood rolls by size. Thread-safe.
 */
final class RollClock implements TimeProvider {
  private final int cycleMillis;
  private volatile long millis;

  RollClock(int cycleMillis, long nowMillis) {
    this.cycleMillis = cycleMillis;
    this.millis = nowMillis;
  }

  @Override
  public long currentTimeMillis() {
    return millis;
  }

  /** Goes to a cycle after {@code cycle}. */
  synchronized void goBeyond(int cycle, long nowMillis) {
    millis = Math.max((cycle + 1L) * cycleMillis, Math.max(millis, nowMillis));
  }
}
