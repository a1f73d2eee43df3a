package sh.retina.export.hubble.metrics;

import java.util.concurrent.atomic.AtomicLong;

/** How many series may still be made, and what was not counted for want of one. Thread-safe. */
final class Room {
  private final AtomicLong left;
  private final AtomicLong refused = new AtomicLong();

  Room(long series) {
    this.left = new AtomicLong(series);
  }

  /** Whether there may be so many more; if not, {@code count} is noted as not counted. */
  boolean takeFor(int series, long count) {
    if (left.getAndUpdate(free -> free >= series ? free - series : free) >= series) {
      return true;
    }
    refused.addAndGet(count);
    return false;
  }

  /** Series that are gone leave room for others. */
  void giveBack(long series) {
    left.addAndGet(series);
  }

  void write(StringBuilder text) {
    text.append("# HELP retina_hubble_uncounted_total What has no series, as there are too many\n")
        .append("# TYPE retina_hubble_uncounted_total counter\n")
        .append("retina_hubble_uncounted_total ")
        .append(refused.get())
        .append('\n');
  }
}
