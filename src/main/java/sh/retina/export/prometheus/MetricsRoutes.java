package sh.retina.export.prometheus;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * {@code GET /metrics}: the same scrape as {@code /actuator/prometheus}, as Prometheus text, or as
 * OpenMetrics if the {@code Accept} header names it. Compression is the server's.
 */
public final class MetricsRoutes {
  /** Prometheus exposition format 0.0.4. */
  static final MediaType TEXT = MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8");

  /** OpenMetrics 1.0. */
  static final MediaType OPENMETRICS =
      MediaType.parseMediaType("application/openmetrics-text;version=1.0.0;charset=utf-8");

  private final PrometheusMeterRegistry registry;
  private final Scheduler scheduler;

  /**
   * @param scheduler where scrapes run: they compute for long, so not on the server's event loop
   */
  public MetricsRoutes(PrometheusMeterRegistry registry, Scheduler scheduler) {
    this.registry = registry;
    this.scheduler = scheduler;
  }

  /** Scrapes run where blocking work of the server may. */
  public MetricsRoutes(PrometheusMeterRegistry registry) {
    this(registry, Schedulers.boundedElastic());
  }

  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route().GET("/metrics", this::scrape).build();
  }

  private Mono<ServerResponse> scrape(ServerRequest request) {
    MediaType format = format(request);
    return Mono.fromCallable(() -> write(format))
        .subscribeOn(scheduler)
        .flatMap(body -> ServerResponse.ok().contentType(format).bodyValue(body));
  }

  private static MediaType format(ServerRequest request) {
    double openMetrics = quality(request, OPENMETRICS);
    return openMetrics > 0 && openMetrics >= quality(request, TEXT) ? OPENMETRICS : TEXT;
  }

  private static double quality(ServerRequest request, MediaType format) {
    return request.headers().accept().stream()
        .filter(format::equalsTypeAndSubtype)
        .mapToDouble(MediaType::getQualityValue)
        .max()
        .orElse(0);
  }

  private byte[] write(MediaType format) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      registry.scrape(body, format.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return body.toByteArray();
  }
}
