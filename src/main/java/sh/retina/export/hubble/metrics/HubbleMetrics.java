package sh.retina.export.hubble.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;
import reactor.util.retry.Retry;
import sh.retina.export.hubble.HubbleException;
import sh.retina.flow.FlowFilter;
import sh.retina.flow.proto.Flow;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;
import sh.retina.pipeline.FlowSource;
import sh.retina.pipeline.FlowStart;

/**
 * Hubble's metrics: a reader of its own of the journal, which counts each flow from the start of
 * the agent on, and a port that shows the counts. A flow counts once, as in Hubble, however many
 * packets it stands for.
 */
public final class HubbleMetrics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HubbleMetrics.class);
  private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long MAX_SERIES = 50_000;

  private final Room room = new Room(MAX_SERIES);
  private final List<Family> families = new ArrayList<>();
  private final List<Consumer<Flow>> handlers = new ArrayList<>();
  private final Consumer<StringBuilder> more;
  private final Family lost;
  private final Family requests;
  private final Disposable reader;
  private final DisposableServer server;

  /**
   * @param metrics as in Hubble's configuration; see {@link #check}
   * @param port 0: any free one
   * @param more writes what else the page shows, in Prometheus' text format
   */
  public HubbleMetrics(String metrics, int port, FlowSource source, Consumer<StringBuilder> more) {
    this.more = more;
    Handlers known = new Handlers(families::add, room);
    for (MetricSpec spec : MetricSpec.parse(metrics)) {
      known
          .of(spec)
          .ifPresentOrElse(
              handlers::add,
              () ->
                  LOG.warn(
                      "retina.hubble.metrics: there is no '{}' here; it is skipped", spec.name()));
    }
    lost = new Family("hubble_lost_events_total", "Number of lost events", List.of("source"), room);
    requests =
        new Family(
            "hubble_metrics_http_handler_requests_total",
            "Number of requests for these metrics",
            List.of("code"),
            room);
    families.add(lost);
    families.add(requests);
    server = listen(port);
    reader =
        source
            .open(new FlowRequest(new FlowStart.Now(), FlowFilter.all(), null, true, 0))
            .retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofSeconds(1)))
            .subscribe(this::count, e -> LOG.error("Hubble's metrics have ended", e));
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

  /** Of the server. */
  public int port() {
    return server.port();
  }

  void count(FlowItem item) {
    switch (item) {
      case FlowItem.Item(_, var flow) -> handlers.forEach(handler -> handler.accept(flow));
      case FlowItem.Lost(var source, var events) ->
          lost.add(List.of(source.name().toLowerCase(Locale.ROOT)), events);
    }
  }

  /** All series in Prometheus' text format. */
  String text() {
    StringBuilder text = new StringBuilder();
    families.forEach(family -> family.write(text));
    return text.toString();
  }

  private String page() {
    StringBuilder text = new StringBuilder(text());
    room.write(text);
    more.accept(text);
    return text.toString();
  }

  private Mono<Void> answer(HttpServerResponse response) {
    requests.add(List.of("200"), 1);
    return response.header("Content-Type", TYPE).sendString(Mono.fromSupplier(this::page)).then();
  }

  @Override
  public void close() {
    reader.dispose();
    server.disposeNow(PATIENCE);
  }
}
