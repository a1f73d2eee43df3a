package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PausesTest {
  private final Pauses pauses = new Pauses(Duration.ofSeconds(1), Duration.ofSeconds(60));

  @Test
  void shouldGrowUpToTheLongestAndBeginAnewWhenSomethingWentWell() {
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      assertAbout(seconds);
    }
    pauses.begin();
    assertAbout(1);
  }

  private void assertAbout(int seconds) {
    assertThat(pauses.next())
        .isBetween(Duration.ofMillis(seconds * 500L), Duration.ofMillis(seconds * 1_500L));
  }
}
