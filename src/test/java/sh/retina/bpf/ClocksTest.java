package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ClocksTest {
  @Test
  void shouldTellTheSameTimeAsJava() {
    long before = System.nanoTime();
    long monotonic = Clocks.monotonicNs();
    long after = System.nanoTime();

    // HotSpot's nanoTime is CLOCK_MONOTONIC on Linux.
    assertThat(monotonic).isBetween(before, after);
  }

  @Test
  void shouldTurnMonotonicTimeIntoWallTime() {
    long wallMs = (Clocks.monotonicNs() + Clocks.realtimeOffsetNs()) / 1_000_000;

    assertThat(Duration.ofMillis(Math.abs(wallMs - System.currentTimeMillis())))
        .isLessThan(Duration.ofSeconds(10));
  }
}
