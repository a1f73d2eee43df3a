package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * {@code GET /metrics} and {@code GET /actuator/prometheus}, which are the same: Prometheus text,
 * or OpenMetrics or Prometheus's protobuf if the {@code Accept} header prefers it. {@code name[]}
 * or {@code includedNames}, also several, ask for some metrics only.
 *
 * <p>What is compressed is compressed while it is written: 20,000 series are 5 MB of text.
 */
public final class MetricsRoutes {
  private static final String GZIP = "gzip";

  /** Of protobuf there are others: compact text, and any message. */
  private static final List<String> ENCODING = List.of("proto", "encoding");

  private final Scrape scrape;
  private final Scheduler scheduler;

  /**
   * @param scheduler where scrapes run: they compute for long, so not on the server's event loop
   */
  public MetricsRoutes(Scrape scrape, Scheduler scheduler) {
    this.scrape = scrape;
    this.scheduler = scheduler;
  }

  /** Scrapes run where blocking work of the server may. */
  public MetricsRoutes(Scrape scrape) {
    this(scrape, Schedulers.boundedElastic());
  }

  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route()
        .GET("/metrics", this::scrape)
        .GET("/actuator/prometheus", this::scrape)
        .build();
  }

  private Mono<ServerResponse> scrape(ServerRequest request) {
    MediaType format = format(request);
    boolean compressed = acceptsGzip(request.headers().header(HttpHeaders.ACCEPT_ENCODING));
    Set<String> names = names(request);
    return Mono.fromCallable(() -> write(format, names, compressed))
        .subscribeOn(scheduler)
        .flatMap(body -> answer(format, compressed, body));
  }

  private static Mono<ServerResponse> answer(
      MediaType format, boolean compressed, ByteChunks body) {
    ServerResponse.BodyBuilder answer =
        ServerResponse.ok().contentType(format).contentLength(body.size());
    if (compressed) {
      // The server compresses only what has no encoding yet.
      answer.header(HttpHeaders.CONTENT_ENCODING, GZIP).varyBy(HttpHeaders.ACCEPT_ENCODING);
    }
    return answer.body(
        BodyInserters.fromDataBuffers(
            Flux.fromIterable(body.chunks()).map(DefaultDataBufferFactory.sharedInstance::wrap)));
  }

  private static Set<String> names(ServerRequest request) {
    Set<String> names = new HashSet<>(request.queryParams().getOrDefault("name[]", List.of()));
    for (String list : request.queryParams().getOrDefault("includedNames", List.of())) {
      names.addAll(Arrays.asList(list.split(",", -1)));
    }
    return names;
  }

  private static MediaType format(ServerRequest request) {
    MediaType best = Scrape.TEXT;
    for (MediaType format : List.of(Scrape.OPENMETRICS, Scrape.PROTOBUF)) {
      double quality = quality(request, format);
      best = quality > 0 && quality >= quality(request, best) ? format : best;
    }
    return best;
  }

  private static double quality(ServerRequest request, MediaType format) {
    return request.headers().accept().stream()
        .filter(format::equalsTypeAndSubtype)
        .filter(asked -> ENCODING.stream().allMatch(key -> isSame(key, asked, format)))
        .mapToDouble(MediaType::getQualityValue)
        .max()
        .orElse(0);
  }

  private static boolean isSame(String key, MediaType asked, MediaType format) {
    String wanted = format.getParameter(key);
    return wanted == null || wanted.equals(asked.getParameter(key));
  }

  /** RFC 9110, 12.5.3: a coding that is named and not refused by a quality of 0. */
  static boolean acceptsGzip(List<String> headers) {
    return headers.stream()
        .flatMap(header -> Arrays.stream(header.split(",", -1)))
        .map(coding -> coding.replace(" ", ""))
        .anyMatch(coding ->
            coding.equalsIgnoreCase(GZIP)
                || coding.regionMatches(true, 0, GZIP + ";q=", 0, 7)
                    && !coding.substring(7).matches("0(\\.0*)?"));
  }

  private ByteChunks write(MediaType format, Set<String> names, boolean compressed) {
    ByteChunks body = new ByteChunks();
    try (OutputStream out = compressed ? new FastGzip(body) : body) {
      scrape.write(out, format, names);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return body;
  }

  /** Level 1 takes a third of the default's time and is a fifth longer. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, 8 << 10);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }
}
