package sh.retina.export.prometheus;

import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sh.retina.pipeline.PodSeries;

/** {@code GET /metrics/cardinality}: a {@link CardinalityReport} as JSON. */
public final class CardinalityRoutes {
  private final PodSeries series;

  public CardinalityRoutes(PodSeries series) {
    this.series = series;
  }

  /** Reports are made where blocking work of the server may, as scrapes are. */
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route()
        .GET(
            "/metrics/cardinality",
            _ ->
                Mono.fromCallable(() -> CardinalityReport.of(series))
                    .subscribeOn(Schedulers.boundedElastic())
                    .flatMap(report ->
                        ServerResponse.ok()
                            .contentType(MediaType.APPLICATION_JSON)
                            .bodyValue(report)))
        .build();
  }
}
