package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;

/** The configuration that the chart makes, by the agent's own reader. */
class ChartConfigurationIT {
  @TempDir private Path directory;

  static Stream<Path> accepted() {
    return Rendered.accepted();
  }

  @ParameterizedTest
  @MethodSource
  void accepted(Path values) throws Exception {
    ConfigurableEnvironment environment = read(Rendered.of(Helm.find(), "--values", "" + values));

    assertThat(ConfigurationCheck.faults(environment)).isEmpty();
  }

  private ConfigurableEnvironment read(Rendered rendered) throws Exception {
    ConfigurableEnvironment environment = new StandardEnvironment();
    environment
        .getPropertySources()
        .addFirst(
            new SimpleCommandLinePropertySource(
                rendered
                    .settings(rendered.agents().getSpec().getTemplate().getSpec(), directory)
                    .toArray(String[]::new)));
    ConfigDataEnvironmentPostProcessor.applyTo(environment);
    return environment;
  }

  @Test
  void shouldReadWhatTheValuesOfRetinaSay() throws Exception {
    ConfigurableEnvironment environment =
        read(
            Rendered.of(
                Helm.find(), "--values", "src/test/resources/helm/accepted/retina-standard.yaml"));

    RetinaProperties read = Binder.get(environment).bind("retina", RetinaProperties.class).get();
    assertThat(read.plugins()).containsExactly("dropreason", "packetforward", "linuxutil", "dns");
    assertThat(read.dataAggregationLevel().name().toLowerCase(Locale.ROOT)).isEqualTo("low");
    assertThat(read.podLevel().enabled()).isFalse();
    assertThat(environment.getProperty("retina.packetparser.ring-size")).isEqualTo("8388608B");
    assertThat(environment.getProperty("retina.journal.directory"))
        .isEqualTo("/var/lib/retina/journal");
  }
}
