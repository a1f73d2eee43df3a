package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.springframework.util.FileSystemUtils;
import sh.retina.export.prometheus.RuleFiles;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A real Prometheus, Debian's, that scrapes one agent each second by the rules of the chart. */
public final class Prometheus implements AutoCloseable {
  private static final Path RULES = RuleFiles.DIRECTORY.toAbsolutePath();

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path directory;
  private final Process process;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();

  /** One element of an answer. */
  record Sample(Map<String, String> labels, double value) {}

  /**
   * @param features of Prometheus that are off by default, such as {@code native-histograms}
   */
  Prometheus(Path directory, int agentPort, String... features) {
    this.directory = directory;
    port = freePort();
    try {
      Path configuration =
          Files.writeString(
              Files.createDirectories(directory).resolve("prometheus.yml"),
              """
              global: {scrape_interval: 1s, evaluation_interval: 1s}
              rule_files: ['%s/*.yaml']
              scrape_configs:
                - job_name: retina
                  honor_labels: true
                  static_configs: [{targets: ['127.0.0.1:%d'], labels: {cluster: test}}]
              """
                  .formatted(RULES, agentPort));
      process =
          new ProcessBuilder(
                  "prometheus",
                  "--config.file=" + configuration,
                  "--storage.tsdb.path=" + directory.resolve("data"),
                  "--web.listen-address=127.0.0.1:" + port,
                  "--enable-feature=" + String.join(",", features),
                  "--log.level=warn")
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("prometheus.log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await("a first scrape", () -> !isEmpty("up == 1"));
  }

  /** One that scrapes {@code /metrics} of another server of this machine. */
  public static Prometheus of(Path directory, int port) {
    return new Prometheus(directory, port);
  }

  /** Whether this machine has one. */
  public static boolean isInstalled() {
    return Files.isExecutable(Path.of("/usr/bin/prometheus"));
  }

  private boolean isEmpty(String expression) {
    try {
      return query(expression).isEmpty();
    } catch (UncheckedIOException | AssertionError e) {
      return true; // it does not listen, or is not ready yet
    }
  }

  public void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new AssertionError("no " + what + ": " + log() + targets());
      }
      LockSupport.parkNanos(200_000_000);
    }
  }

  /** What an expression is now: a vector, or a number without labels. */
  List<Sample> query(String expression) {
    JsonNode data = get("/api/v1/query?query=" + encoded(expression)).get("data");
    List<Sample> samples = new ArrayList<>();
    for (JsonNode result : data.get("result")) {
      Map<String, String> labels = new LinkedHashMap<>();
      result
          .get("metric")
          .properties()
          .forEach(e -> labels.put(e.getKey(), e.getValue().asString()));
      samples.add(new Sample(labels, number(result.get("value").get(1).asString())));
    }
    return samples;
  }

  /** The values of an answer, without their labels. */
  public List<Double> values(String expression) {
    return query(expression).stream().map(Sample::value).toList();
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace("Inf", "Infinity"));
  }

  /** Values of a label over the series of a selector. */
  public List<String> labelValues(String selector, String label) {
    List<String> values = new ArrayList<>();
    get("/api/v1/label/" + label + "/values?match[]=".replace("[]", "%5B%5D") + encoded(selector))
        .get("data")
        .forEach(value -> values.add(value.asString()));
    return values;
  }

  /** Labels of the exemplars of a selector in the last minutes. */
  List<Map<String, String>> exemplars(String selector) {
    long now = System.currentTimeMillis() / 1_000;
    String range = "&start=" + (now - 600) + "&end=" + (now + 60);
    List<Map<String, String>> found = new ArrayList<>();
    for (JsonNode series :
        get("/api/v1/query_exemplars?query=" + encoded(selector) + range).get("data")) {
      for (JsonNode exemplar : series.get("exemplars")) {
        Map<String, String> labels = new LinkedHashMap<>();
        exemplar
            .get("labels")
            .properties()
            .forEach(e -> labels.put(e.getKey(), e.getValue().asString()));
        found.add(labels);
      }
    }
    return found;
  }

  private JsonNode get(String path) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                  .timeout(PATIENCE)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(path + ": " + answer.body());
      }
      return JsonMapper.shared().readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** With why the last scrape failed. */
  private String targets() {
    return process.isAlive() ? get("/api/v1/targets").toString() : "";
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("prometheus.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      FileSystemUtils.deleteRecursively(directory.resolve("data"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
