package sh.retina.guard;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The rungs from what is configured to the least detail. First those that keep sums exact
 * (aggregation, then the interval), then sampling.
 *
 * @param rungs rung 0 is what is configured
 * @param lastExact the last rung before sampling becomes coarser
 */
public record Ladder(List<Detail> rungs, int lastExact) {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int COARSEST = 1_000_000;
  private static final int INTERVAL_STEPS = 2;
  private static final int SAMPLING_STEPS = 3;

  public Ladder {
    rungs = List.copyOf(rungs);
  }

  /** The ladder below a configuration. */
  public static Ladder below(Detail configured) {
    List<Detail> rungs = new ArrayList<>(List.of(configured));
    Detail last = configured;
    if (last.eachPacket()) {
      last = new Detail(false, last.reportInterval(), last.samplingRate());
      rungs.add(last);
    }
    for (int i = 0; i < INTERVAL_STEPS && last.reportInterval().compareTo(LONGEST) < 0; i++) {
      Duration twice = last.reportInterval().multipliedBy(2);
      last = new Detail(false, twice.compareTo(LONGEST) < 0 ? twice : LONGEST, last.samplingRate());
      rungs.add(last);
    }
    int exact = rungs.size() - 1;
    for (int i = 0; i < SAMPLING_STEPS && last.samplingRate() < COARSEST; i++) {
      last = new Detail(false, last.reportInterval(), Math.min(4 * last.samplingRate(), COARSEST));
      rungs.add(last);
    }
    return new Ladder(rungs, exact);
  }
}
