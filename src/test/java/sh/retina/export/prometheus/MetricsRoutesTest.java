package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.scheduler.Schedulers;
import sh.retina.pipeline.PodLevel;

/** The two pages of a running server, with Spring Boot's own registry around ours. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "management.endpoints.web.exposure.include=info",
      "server.compression.enabled=true",
      "server.compression.mime-types=text/plain,application/openmetrics-text",
      "server.compression.min-response-size=256"
    })
class MetricsRoutesTest {
  @Value("${local.server.port}")
  private int port;

  private final HttpClient client = HttpClient.newHttpClient();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/* | text/plain",
        "text/plain | text/plain",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2 |"
            + " application/openmetrics-text",
        "application/openmetrics-text;q=0.1,text/plain;version=0.0.4;q=0.9 | text/plain",
      })
  void shouldAnswerInTheFormatThatIsPreferred(String accept, String expected) {
    HttpResponse<byte[]> response = get("/metrics", "Accept", accept);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Type")).startsWith(expected);
    String body = new String(response.body(), StandardCharsets.UTF_8);
    assertThat(body).contains("retina_agent_queue_bytes 7.0");
    assertThat(body.endsWith("# EOF\n")).isEqualTo(expected.contains("openmetrics"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
            + "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5 | true",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text |"
            + " false",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
            + "encoding=delimited;q=0.2,text/plain;q=0.5 | false",
      })
  void shouldAnswerByProtobufWhoPrefersThat(String accept, boolean expected) {
    HttpResponse<byte[]> response = get("/metrics", "Accept", accept);

    assertThat(header(response, "Content-Type").startsWith("application/vnd.google.protobuf"))
        .isEqualTo(expected);
    String body = new String(response.body(), StandardCharsets.ISO_8859_1);
    assertThat(body).contains("retina_agent_queue_bytes", "retina_pod_tcp_flags_total");
    assertThat(body.contains("# TYPE")).isNotEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain;version=0.0.4", "application/openmetrics-text"})
  void shouldCompress(String accept) throws IOException {
    HttpResponse<byte[]> response = get("/metrics", "Accept", accept, "Accept-Encoding", "gzip");

    assertThat(header(response, "Content-Encoding")).isEqualTo("gzip");
    try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
      assertThat(new String(plain.readAllBytes(), StandardCharsets.UTF_8))
          .contains("retina_agent_queue_bytes 7.0", "retina_pod_tcp_flags_total{");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip | true",
        "deflate, gzip;q=0.5 | true",
        "GZIP;q=1.0 | true",
        "identity | false",
        "gzip;q=0 | false",
        "gzip;q=0.00, deflate | false",
      })
  void shouldCompressForWhoTakesIt(String header, boolean expected) {
    assertThat(MetricsRoutes.acceptsGzip(List.of(header))).isEqualTo(expected);
  }

  @Test
  void shouldSendOnlyTheMetricsThatAreNamed() {
    assertThat(names(get("/metrics?name%5B%5D=retina_agent_queue_bytes")))
        .containsExactly("retina_agent_queue_bytes");
  }

  @Test
  void shouldShowTheSameAsTheActuator() {
    List<String> ours = names(get("/metrics"));

    assertThat(ours).contains("retina_agent_queue_bytes", "jvm_memory_used_bytes");
    assertThat(names(get("/actuator/prometheus"))).isEqualTo(ours);
  }

  @Test
  void shouldKeepFewOfSpringBootsMeters() {
    get("/metrics");

    assertThat(names(get("/metrics")))
        .allMatch(name ->
            name.startsWith("retina_")
                || name.startsWith("jvm_memory_")
                || name.startsWith("jvm_gc_pause_seconds")
                || List.of(
                        "jvm_threads_live_threads",
                        "process_cpu_time_ns_total",
                        "process_files_open_files",
                        "process_start_time_seconds")
                    .contains(name));
  }

  @SpringBootConfiguration
  @EnableAutoConfiguration
  static class Application {
    @Bean
    ScrapeRegistry scrapeRegistry() {
      return new ScrapeRegistry(Naming.RETINA);
    }

    @Bean
    MeterFilter keptMeters() {
      return KeptMeters.filter();
    }

    @Bean
    Gauge queueBytes(MeterRegistry registry) {
      return Gauge.builder(MetricName.AGENT_QUEUE_BYTES.getName(), () -> 7).register(registry);
    }

    @Bean
    RouterFunction<ServerResponse> metrics(PrometheusMeterRegistry registry) {
      Agent agent = new Agent(Naming.RETINA, PodLevel.Context.LOCAL).withTraffic();
      return new MetricsRoutes(
              new Scrape(registry, agent.aggregate.pods(), Naming.RETINA),
              Schedulers.boundedElastic())
          .routes();
    }
  }

  private HttpResponse<byte[]> get(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(30));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static List<String> names(HttpResponse<byte[]> response) {
    assertThat(response.statusCode()).isEqualTo(200);
    return new String(response.body(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("# TYPE "))
        .map(line -> line.split(" ", -1)[2])
        .toList();
  }
}
