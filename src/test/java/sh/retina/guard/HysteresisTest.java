package sh.retina.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class HysteresisTest {
  private static final Ladder LADDER = Ladder.below(new Detail(true, Duration.ofSeconds(30), 1));
  private static final Budget BUDGET = new Budget(0.02, 300);
  private static final Load OVER = new Load(0.05, 100);
  private static final Load UNDER = new Load(0.015, 100);
  private static final Load CLEAR = new Load(0.005, 100);
  private static final Load FULL = new Load(0.005, 301);

  private final Hysteresis hysteresis = new Hysteresis(LADDER, BUDGET);

  private int after(int windows, Load load) {
    int rung = -1;
    for (int i = 0; i < windows; i++) {
      rung = hysteresis.next(load);
    }
    return rung;
  }

  @Test
  void shouldKeepSumsExactForAsLongAsItCan() {
    assertThat(LADDER.rungs())
        .containsExactly(
            new Detail(true, Duration.ofSeconds(30), 1),
            new Detail(false, Duration.ofSeconds(30), 1),
            new Detail(false, Duration.ofSeconds(60), 1),
            new Detail(false, Duration.ofSeconds(120), 1),
            new Detail(false, Duration.ofSeconds(120), 4),
            new Detail(false, Duration.ofSeconds(120), 16),
            new Detail(false, Duration.ofSeconds(120), 64));
    assertThat(LADDER.lastExact()).isEqualTo(3);
  }

  @Test
  void shouldNotTakeTheStartForACost() {
    assertThat(after(Hysteresis.GRACE, OVER)).isZero();
  }

  @Test
  void shouldStepDownOnlyWhenItLasts() {
    after(Hysteresis.GRACE, CLEAR);
    for (int i = 0; i < 50; i++) {
      assertThat(after(1, OVER)).isZero();
      assertThat(after(1, UNDER)).isZero();
    }
    assertThat(after(2, OVER)).isEqualTo(1);
    assertThat(after(1, OVER)).isEqualTo(1);
    assertThat(after(1, OVER)).isEqualTo(2);
  }

  @Test
  void shouldEndAtTheLastRung() {
    assertThat(after(1_000, OVER)).isEqualTo(LADDER.rungs().size() - 1);
  }

  @Test
  void shouldStayBetweenHalfOfTheBudgetAndTheBudget() {
    int down = after(Hysteresis.GRACE + 4, OVER);
    assertThat(after(1_000, UNDER)).isEqualTo(down);
  }

  @Test
  void shouldComeBackToWhatIsConfigured() {
    int down = after(Hysteresis.GRACE + 6, OVER);
    assertThat(down).isEqualTo(3);
    assertThat(after(Hysteresis.UP_AFTER - 1, CLEAR)).isEqualTo(3);
    assertThat(after(1, CLEAR)).isEqualTo(2);
    assertThat(after(2 * Hysteresis.UP_AFTER, CLEAR)).isZero();
    assertThat(hysteresis.cause()).isEqualTo("cpu");
  }

  @Test
  void shouldFlapLessAndLess() {
    after(Hysteresis.GRACE + 2, OVER);
    int steps = 0;
    int last = 1;
    for (int i = 0; i < 2_000; i++) {
      // The finer rung is too dear, the coarser one is cheap: the worst case.
      int rung = after(1, last == 0 ? OVER : CLEAR);
      steps += rung == last ? 0 : 1;
      last = rung;
    }
    assertThat(steps).isBetween(2, 22);
  }

  @Test
  void shouldNotSampleForMemory() {
    assertThat(after(1_000, FULL)).isEqualTo(LADDER.lastExact());
    assertThat(hysteresis.cause()).isEqualTo("memory");
  }

  @Test
  void shouldIgnoreWhatHasNoBudget() {
    Hysteresis none = new Hysteresis(LADDER, new Budget(0, 300));
    for (int i = 0; i < 100; i++) {
      assertThat(none.next(new Load(64, 100))).isZero();
    }
  }
}
