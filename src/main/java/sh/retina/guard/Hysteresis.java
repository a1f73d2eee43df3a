package sh.retina.guard;

/**
 * Which rung the loads of successive windows lead to. Down after {@value #DOWN_AFTER} windows over
 * the budget in a row, up after many that are below half of it. A step up that did not last doubles
 * the patience for the next. Not thread-safe.
 */
final class Hysteresis {
  static final int GRACE = 6;
  static final int DOWN_AFTER = 2;
  static final int UP_AFTER = 6;
  static final int MAX_UP_AFTER = 64 * UP_AFTER;
  static final double CLEAR = 0.5;

  private static final int SETTLED = MAX_UP_AFTER + 1;

  private static final double MEMORY_CLEAR = 0.9;

  private final Ladder ladder;
  private final Budget budget;
  private int rung;
  private int windows;
  private int over;
  private int clear;
  private int upAfter = UP_AFTER;
  private int sinceUp = SETTLED;
  private String cause = "cpu";

  Hysteresis(Ladder ladder, Budget budget) {
    this.ladder = ladder;
    this.budget = budget;
  }

  /** The rung after one more window. */
  int next(Load load) {
    if (windows < GRACE) {
      windows++; // compiling and loading are no steady cost
      return rung;
    }
    sinceUp = Math.min(sinceUp + 1, SETTLED);
    if (sinceUp == upAfter) {
      upAfter = Math.max(UP_AFTER, upAfter / 2); // the last step up has lasted
      sinceUp = SETTLED;
    }
    boolean cpuOver = budget.cpuCores() > 0 && load.cpuCores() > budget.cpuCores();
    boolean memoryOver = budget.memoryBytes() > 0 && load.memoryBytes() > budget.memoryBytes();
    over = cpuOver || memoryOver ? over + 1 : 0;
    clear = isClear(load) ? clear + 1 : 0;
    // Sampling frees no memory of this process: for memory the ladder ends where sums are exact.
    int last = cpuOver ? ladder.rungs().size() - 1 : ladder.lastExact();
    if (over >= DOWN_AFTER && rung < last) {
      down(cpuOver ? "cpu" : "memory");
    } else if (clear >= upAfter && rung > 0) {
      rung--;
      clear = 0;
      sinceUp = 0;
    }
    return rung;
  }

  private void down(String why) {
    rung++;
    over = 0;
    cause = why;
    if (sinceUp < upAfter) {
      upAfter = Math.min(2 * upAfter, MAX_UP_AFTER);
      sinceUp = SETTLED;
    }
  }

  /** Of the last step down. */
  String cause() {
    return cause;
  }

  private boolean isClear(Load load) {
    return (budget.cpuCores() <= 0 || load.cpuCores() < CLEAR * budget.cpuCores())
        && (budget.memoryBytes() <= 0 || load.memoryBytes() < MEMORY_CLEAR * budget.memoryBytes());
  }
}
