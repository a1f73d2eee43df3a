package sh.retina.export.sse;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class SsePropertiesTest {
  private final ApplicationContextRunner runner =
      new ApplicationContextRunner().withUserConfiguration(SseConfiguration.class);

  @Test
  void shouldHaveDefaults() {
    runner.run(context ->
        assertThat(context.getBean(SseProperties.class))
            .isEqualTo(new SseProperties(Duration.ofSeconds(15), 32)));
  }

  @Test
  void shouldRefuseWhatCannotWork() {
    runner
        .withPropertyValues("retina.sse.heartbeat=0s", "retina.sse.max-clients=0")
        .run(context ->
            assertThat(context)
                .getFailure()
                .rootCause()
                .hasMessageContaining("heartbeat")
                .hasMessageContaining("maxClients"));
  }
}
