package sh.retina.pipeline;

import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many series there may be: of all metrics together, and of one. The metric thread takes and
 * gives back; any thread reads. Says so once when most of it is used, and again after it was not.
 */
final class SeriesBudget {
  private static final Logger LOG = LoggerFactory.getLogger(SeriesBudget.class);
  private static final SeriesFamily[] FAMILIES = SeriesFamily.values();

  /** In percent, with room between the two so that it is not said again and again. */
  private static final long WARN_AT = 80;

  private static final long QUIET_BELOW = 70;

  private final int[] used = new int[FAMILIES.length];
  private final int[] bounds = new int[FAMILIES.length];
  private final boolean[] warned = new boolean[FAMILIES.length + 1];
  private volatile int max;
  private volatile int total;

  SeriesBudget(PodLevel options) {
    adopt(options);
  }

  /** Other bounds; what there is stays. */
  void adopt(PodLevel options) {
    max = options.maxSeries();
    for (SeriesFamily family : FAMILIES) {
      bounds[family.ordinal()] = Math.min(options.maxSeries(family), max);
    }
    Arrays.fill(warned, false);
  }

  /** Takes a row's series; false if there is no room. */
  boolean take(SeriesFamily family) {
    int series = family.seriesPerRow();
    int at = family.ordinal();
    if (total + series > max || used[at] + series > bounds[at]) {
      return false;
    }
    used[at] += series;
    total = total + series;
    warn(FAMILIES.length, total, max, "retina.metrics.max-series");
    if (bounds[at] < max) {
      warn(at, used[at], bounds[at], "max-series of " + family.word());
    }
    return true;
  }

  void giveBack(SeriesFamily family) {
    int series = family.seriesPerRow();
    int at = family.ordinal();
    used[at] -= series;
    total = total - series;
    rearm(FAMILIES.length, total, max);
    rearm(at, used[at], bounds[at]);
  }

  private void warn(int at, int now, int bound, String what) {
    if (!warned[at] && now * 100L >= bound * WARN_AT) {
      warned[at] = true;
      LOG.warn(
          "{}: {} of {} series are used; past that new ones go to an overflow series."
              + " GET /metrics/cardinality says which label makes how many",
          what,
          now,
          bound);
    }
  }

  private void rearm(int at, int now, int bound) {
    if (warned[at] && now * 100L < bound * QUIET_BELOW) {
      warned[at] = false;
    }
  }

  /** Series that the budget is used for now. */
  int total() {
    return total;
  }

  /** Bound of all together. */
  int max() {
    return max;
  }
}
