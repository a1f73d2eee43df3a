package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

/** Retina's own {@code config.yaml} as a source of the configuration. */
class ConfigFileTest {
  /** As its chart renders it. */
  private static final String CONFIG =
      """
      apiServer:
        host: 0.0.0.0
        port: 10097
      logLevel: debug
      enabledPlugin: ["dropreason","packetforward","linuxutil","dns"]
      metricsInterval: 10s
      metricsIntervalDuration: 20s
      enableTelemetry: false
      enablePodLevel: true
      remoteContext: true
      enableAnnotations: false
      bypassLookupIPOfInterest: false
      dataAggregationLevel: low
      telemetryInterval: 15m
      dataSamplingRate: 4
      packetParserRingBuffer: disabled
      packetParserRingBufferSize: 8388608
      filterMapMaxEntries: 255
      """;

  @TempDir private Path directory;

  private ConfigurableEnvironment read(String text, String... arguments) throws IOException {
    Path file = Files.writeString(directory.resolve("config.yaml"), text);
    String[] all =
        Stream.concat(Stream.of("--retina.config-file=" + file), Arrays.stream(arguments))
            .toArray(String[]::new);
    ConfigurableEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(all));
    ConfigDataEnvironmentPostProcessor.applyTo(environment);
    return environment;
  }

  private static RetinaProperties properties(ConfigurableEnvironment environment) {
    return Binder.get(environment).bindOrCreate("retina", RetinaProperties.class);
  }

  @Test
  void shouldTakeAnExistingConfigMap() throws IOException {
    ConfigurableEnvironment environment = read(CONFIG);

    assertThat(ConfigurationCheck.faults(environment)).isEmpty();
    RetinaProperties properties = properties(environment);
    assertThat(properties.plugins())
        .containsExactly("dropreason", "packetforward", "linuxutil", "dns");
    assertThat(properties.http().port()).isEqualTo(10097);
    assertThat(properties.metricsInterval()).isEqualTo(Duration.ofSeconds(20));
    assertThat(properties.samplingRate()).isEqualTo(4);
    assertThat(properties.podLevel().enabled()).isTrue();
    assertThat(environment.getProperty("server.port")).isEqualTo("10097");
    assertThat(environment.getProperty("retina.packetparser.ring-size")).isEqualTo("8388608B");
  }

  @Test
  void shouldPreferWhatIsSetElsewhere() throws IOException {
    RetinaProperties properties = properties(read(CONFIG, "--retina.sampling-rate=9"));

    assertThat(properties.samplingRate()).isEqualTo(9);
    assertThat(properties.http().port()).isEqualTo(10097);
  }

  @Test
  void shouldNameFaultsByOurKeys() throws IOException {
    assertThat(ConfigurationCheck.faults(read("metricsIntervalDuration: soon")))
        .containsExactly("retina.metrics-interval: 'soon' is no duration, such as 30s or 5m");
  }

  @Test
  void shouldSayWhyAFileCannotBeRead() {
    assertThatThrownBy(() -> read("a: [")).hasMessageContaining("config.yaml: is no YAML");
    assertThatThrownBy(() -> read("- a")).hasMessageContaining("config.yaml: is no map");
  }

  @Test
  void shouldWatchItsDirectory() throws IOException {
    assertThat(ConfigurationReload.directories(read("{}")))
        .isEqualTo(new java.util.LinkedHashSet<>(List.of(directory)));
  }
}
