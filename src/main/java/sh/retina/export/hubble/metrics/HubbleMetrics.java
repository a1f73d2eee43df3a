package sh.retina.export.hubble.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;
import sh.retina.export.hubble.HubbleException;
import sh.retina.flow.FlowNode;
import sh.retina.pipeline.FlowSource;

/**
 * Hubble's metrics: readers of their own of the journal, which count each flow from the start of
 * the agent on, and a port that shows the counts. A flow counts once, as in Hubble, however many
 * packets it stands for. Which metrics stands in the configuration, or in a file that is read again
 * while they count.
 */
public final class HubbleMetrics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HubbleMetrics.class);
  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int READ_SECONDS = 5;
  private static final long MAX_SERIES = 50_000;

  private final Room room = new Room(MAX_SERIES);
  private final Counter lost =
      new Counter("hubble_lost_events_total", "Number of lost events", List.of("source"), room);
  private final Counter requests =
      new Counter(
          "hubble_metrics_http_handler_requests_total",
          "Number of requests for these metrics",
          List.of("code"),
          room);
  private final Histogram times =
      new Histogram(
          "hubble_metrics_http_handler_request_duration_seconds",
          "Time that answers of this page took",
          List.of("code"),
          room);
  private final MetricSet metrics;
  private final @Nullable Path file;
  private final @Nullable ScheduledExecutorService timer;
  private final Consumer<StringBuilder> more;
  private final DisposableServer server;
  private String lastText = "";
  private String complaint = "";

  /**
   * @param metrics as in Hubble's configuration; see {@link #check}
   * @param configPath the file with metrics instead; empty: none
   * @param port 0: any free one
   * @param more writes what else the page shows, in Prometheus' text format
   */
  public HubbleMetrics(
      String metrics,
      String configPath,
      int port,
      FlowSource source,
      FlowNode node,
      Consumer<StringBuilder> more) {
    this.more = more;
    this.metrics = new MetricSet(source, node, room, lost);
    this.server = listen(port);
    if (configPath.isEmpty()) {
      file = null;
      timer = null;
      this.metrics.apply(MetricSpec.parse(metrics));
    } else {
      file = Path.of(configPath);
      timer =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().daemon().name("hubble-metrics").factory());
      read();
      var _ =
          timer.scheduleWithFixedDelay(this::read, READ_SECONDS, READ_SECONDS, TimeUnit.SECONDS);
    }
    LOG.info("Hubble's metrics are on port {}", server.port());
  }

  private DisposableServer listen(int port) {
    try {
      return HttpServer.create()
          .port(port)
          .route(routes -> routes.get("/metrics", (_, response) -> answer(response)))
          .bindNow(PATIENCE);
    } catch (ChannelBindException e) {
      throw new HubbleException(
          "retina.hubble.metrics-port: cannot listen on " + port + ": " + e.getMessage(), e);
    }
  }

  /** Throws IllegalArgumentException that names the option of a metric that cannot be. */
  public static void check(String metrics) {
    MetricSpec.parse(metrics).forEach(ContextLabels::of);
  }

  /** Takes what the file says now; one that cannot be used leaves what counts. */
  final synchronized void read() {
    Path from = file;
    if (from == null) {
      return;
    }
    try {
      String text = Files.readString(from);
      if (!text.equals(lastText)) {
        metrics.apply(MetricsFile.parse(text));
        lastText = text;
        complaint = "";
        LOG.info("retina.hubble.metrics-config-path: {} is in force", from);
      }
    } catch (IOException | IllegalArgumentException e) {
      if (!e.toString().equals(complaint)) {
        complaint = e.toString();
        LOG.error("retina.hubble.metrics-config-path: {} is not used: {}", from, complaint);
      }
    }
  }

  /** Of the server. */
  public int port() {
    return server.port();
  }

  /** All series in Prometheus' text format. */
  String text() {
    StringBuilder text = new StringBuilder();
    metrics.write(text);
    lost.write(text);
    requests.write(text);
    return text.toString();
  }

  private String page() {
    long startNs = System.nanoTime();
    StringBuilder text = new StringBuilder(text());
    times.write(text);
    room.write(text);
    more.accept(text);
    times.add(List.of("200"), System.nanoTime() - startNs);
    return text.toString();
  }

  private Mono<Void> answer(HttpServerResponse response) {
    requests.add(List.of("200"), 1);
    return response.header("Content-Type", TYPE).sendString(Mono.fromSupplier(this::page)).then();
  }

  @Override
  public void close() {
    if (timer != null) {
      timer.shutdownNow();
    }
    metrics.close();
    server.disposeNow(PATIENCE);
  }
}
