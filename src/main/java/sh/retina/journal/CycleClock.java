package sh.retina.journal;

import net.openhft.chronicle.core.time.TimeProvider;

/**
 * The time that Chronicle sees: it stands still within a file and moves on by one cycle when the
 * journal decides to begin the next, so that a flood rolls by size and a quiet node by age.
 */
final class CycleClock implements TimeProvider {
  private volatile int cycle;

  CycleClock(int cycle) {
    this.cycle = cycle;
  }

  int cycle() {
    return cycle;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // moved under the journal's lock only
  void advance() {
    cycle++;
  }

  @Override
  public long currentTimeMillis() {
    return cycle * 60_000L;
  }
}
