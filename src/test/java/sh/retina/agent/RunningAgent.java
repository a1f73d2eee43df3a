package sh.retina.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;

/** The agent as it runs on a node, in this process, on a port of its own. */
final class RunningAgent implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ConfigurableApplicationContext context;
  private final HttpClient http;
  private final String base;

  RunningAgent(Path directory, TestNetwork network, String... settings) {
    this(withNetwork(directory, network, settings));
  }

  /** With beans of a test in place of the agent's own, by {@code @Primary}. */
  RunningAgent(Class<?> beans, Path directory, TestNetwork network, String... settings) {
    this(withNetwork(directory, network, settings), beans);
  }

  RunningAgent(List<String> arguments, Class<?>... beans) {
    context =
        new SpringApplicationBuilder(AgentConfiguration.class)
            .sources(beans)
            .run(arguments.toArray(String[]::new));
    Environment environment = context.getEnvironment();
    String certificate = environment.getProperty("retina.http.tls.certificate", "");
    http =
        certificate.isEmpty()
            ? HttpClient.newHttpClient()
            : HttpClient.newBuilder()
                .sslContext(TestAuthority.trusting(Path.of(certificate)))
                .build();
    base =
        (certificate.isEmpty() ? "http" : "https")
            + "://127.0.0.1:"
            + environment.getRequiredProperty("local.server.port");
  }

  private static List<String> withNetwork(Path directory, TestNetwork network, String... settings) {
    try {
      Path names = Files.writeString(directory.resolve("context.yaml"), network.contextYaml());
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "agent",
                  "--retina.http.port=0",
                  "--retina.node-name=test-node",
                  "--retina.network-namespace=" + network.nodeNamespace(),
                  "--retina.context.file=" + names,
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.pod-level.enabled=true",
                  "--retina.report-interval=1s"));
      arguments.addAll(List.of(AgentSettings.withPlugins(settings)));
      return arguments;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens on loopback. */
  int port() {
    return URI.create(base).getPort();
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  /** One scrape: value by series, as the text has it. */
  Map<String, Double> scrape() {
    return series(get("/metrics"));
  }

  /** The series of a scrape's text. */
  static Map<String, Double> series(String text) {
    Map<String, Double> series = new HashMap<>();
    for (String line : text.lines().toList()) {
      if (!line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        series.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
      }
    }
    return series;
  }

  /**
   * Sum over the series of a metric that carry all these label pairs, such as {@code podname="a"}.
   */
  static double sum(Map<String, Double> scrape, String metric, String... labels) {
    double sum = 0;
    for (Map.Entry<String, Double> entry : scrape.entrySet()) {
      if (entry.getKey().startsWith(metric + "{")
          && List.of(labels).stream().allMatch(entry.getKey()::contains)) {
        sum += entry.getValue();
      }
    }
    return sum;
  }

  /**
   * Scrapes until the condition holds, and gives the scrape; fails with the last one when it never
   * does.
   */
  Map<String, Double> scrapeUntil(
      java.util.function.Predicate<Map<String, Double>> condition, Supplier<String> wanted) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    Map<String, Double> scrape = scrape();
    while (!condition.test(scrape)) {
      if (System.nanoTime() > end) {
        StringBuilder text = new StringBuilder("never came: ").append(wanted.get());
        scrape.entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("retina_") && entry.getValue() != 0)
            .sorted(Map.Entry.comparingByKey())
            .forEach(entry ->
                text.append('\n').append(entry.getKey()).append(' ').append(entry.getValue()));
        throw new AssertionError(text.toString());
      }
      java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
      scrape = scrape();
    }
    return scrape;
  }

  String get(String path) {
    try {
      // The request's own time limit ends with the headers.
      HttpResponse<String> answer =
          http.sendAsync(request(path), HttpResponse.BodyHandlers.ofString())
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (answer.statusCode() != 200) {
        throw new AssertionError(path + ": " + answer.statusCode() + " " + answer.body());
      }
      return answer.body();
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(path + " has no end: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** An endless answer, such as /flows. */
  InputStream stream(String path) {
    try {
      return http.send(request(path), HttpResponse.BodyHandlers.ofInputStream()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE).build();
  }

  @Override
  public void close() {
    context.close();
  }
}
