package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryTest {
  @Test
  void shouldTryAFaultAgainEachFiveMinutesInTheEnd() {
    assertThat(attempts(new PluginStatus.Failed("busy"), Duration.ofHours(4))).isBetween(50, 54);
  }

  @Test
  void shouldTryAnUnsupportedKernelEverMoreRarely() {
    assertThat(attempts(new PluginStatus.Unsupported("old"), Duration.ofHours(4)))
        .isBetween(10, 12);
  }

  @Test
  void shouldBeDueWhateverTheClockBeganAt() {
    assertThat(Retry.now(Long.MAX_VALUE).isDue(Long.MAX_VALUE)).isTrue();
    assertThat(Retry.now(Long.MAX_VALUE - 1).isDue(Long.MIN_VALUE)).isTrue();
    assertThat(Retry.now(5).isDue(4)).isFalse();
  }

  private static int attempts(PluginStatus status, Duration during) {
    int attempts = 0;
    Retry retry = Retry.now(0);
    while (retry.isDue(during.toNanos())) {
      attempts++;
      retry = retry.after(status, retry.atNs());
    }
    return attempts;
  }
}
