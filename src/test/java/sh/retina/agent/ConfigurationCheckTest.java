package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

class ConfigurationCheckTest {
  private static StandardEnvironment environment(Map<String, Object> settings) {
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("test", settings));
    return environment;
  }

  @Test
  void shouldFindNothingWrongWithTheDefaults() {
    assertThat(ConfigurationCheck.faults(environment(Map.of()))).isEmpty();
  }

  @Test
  void shouldNameEveryFaultOfEveryKindAtOnce() {
    assertThat(
            ConfigurationCheck.faults(
                environment(
                    Map.of(
                        "retina.report-interval", "soon",
                        "retina.no-such-key", "1",
                        "retina.sampling-rate", "0",
                        "retina.data-aggregation-level", "medium"))))
        .hasSize(4)
        .anySatisfy(fault -> assertThat(fault).contains("retina.report-interval", "'soon'", "30s"))
        .anySatisfy(fault -> assertThat(fault).contains("retina.no-such-key", "no such key"))
        .anySatisfy(fault -> assertThat(fault).contains("retina.sampling-rate", "'0'"))
        .anySatisfy(fault ->
            assertThat(fault).contains("retina.data-aggregation-level", "'medium'", "low, high"));
  }
}
