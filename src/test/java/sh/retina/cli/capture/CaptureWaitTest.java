package sh.retina.cli.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CaptureWaitTest {
  private static String bar(double seconds, @Nullable Duration of) {
    return CaptureWait.bar((long) (seconds * 1e9), of);
  }

  @Test
  void shouldDrawHowMuchOfTheTimeIsOver() {
    Duration minute = Duration.ofMinutes(1);

    assertThat(bar(0, minute)).isEqualTo("[>" + " ".repeat(29) + "]   0% 0s of 60s");
    assertThat(bar(27, minute))
        .isEqualTo("[" + "=".repeat(13) + ">" + " ".repeat(16) + "]  45% 27s of 60s");
    assertThat(bar(90, minute)).isEqualTo("[" + "=".repeat(30) + "] 100% 90s of 60s");
    assertThat(bar(90, null)).isEqualTo("90s");
  }

  @Test
  void shouldWaitFiveMinutesLongerThanItLasts() {
    assertThat(CaptureWait.patience(Duration.ofHours(1))).isEqualTo(Duration.ofMinutes(65));
    assertThat(CaptureWait.patience(null)).isEqualTo(Duration.ofMinutes(5));
  }
}
