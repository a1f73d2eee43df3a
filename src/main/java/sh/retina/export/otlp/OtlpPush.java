package sh.retina.export.otlp;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sh.retina.event.SafeText;

/**
 * Sends all metrics to a collector by OTLP over HTTP, each interval, on a thread of its own. What
 * cannot be sent is not kept: sums are cumulative, the next push has them.
 */
public final class OtlpPush implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OtlpPush.class);
  private static final String PROTOBUF = "application/x-protobuf";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final URI endpoint;
  private final Duration interval;
  private final Map<String, String> attributes;
  private final Consumer<Consumer<MetricSnapshot>> metrics;
  private final LongSupplier wallNs;
  private final long startNs;
  private final OtlpCounts counts;
  private final Scheduler scheduler = Schedulers.newSingle("otlp", true);
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
  private boolean failing;

  /**
   * @param endpoint the whole address, mostly {@code http://HOST:4318/v1/metrics}
   * @param attributes of the resource that they are of
   * @param metrics passes each metric to a receiver, as it is now
   * @param wallNs wall clock, ns since 1970
   */
  public OtlpPush(
      URI endpoint,
      Duration interval,
      Map<String, String> attributes,
      Consumer<Consumer<MetricSnapshot>> metrics,
      LongSupplier wallNs,
      OtlpCounts counts) {
    this.endpoint = endpoint;
    this.interval = interval;
    this.attributes = Map.copyOf(attributes);
    this.metrics = metrics;
    this.wallNs = wallNs;
    this.counts = counts;
    startNs = wallNs.getAsLong();
  }

  /** From now on it sends. */
  public OtlpPush start() {
    scheduler.schedulePeriodically(
        this::push, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    return this;
  }

  /** Sends all metrics once. */
  void push() {
    try {
      // All of it first: while series are read, no other scrape is.
      List<byte[]> bodies = new ArrayList<>();
      OtlpRequests requests =
          new OtlpRequests(
              attributes, startNs, wallNs.getAsLong(), request -> bodies.add(compressed(request)));
      metrics.accept(requests::add);
      requests.finish();
      bodies.forEach(this::send);
      counts.sent();
      if (failing) {
        failing = false;
        LOG.info("metrics go to {} again", endpoint);
      }
    } catch (RuntimeException e) {
      counts.failed();
      if (!failing) {
        failing = true;
        LOG.warn("metrics do not reach {}, it is tried again each {}: {}", endpoint, interval, e);
      }
    }
  }

  private void send(byte[] body) {
    try {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(endpoint)
                  .timeout(PATIENCE)
                  .header("Content-Type", PROTOBUF)
                  .header("Content-Encoding", "gzip")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw new IllegalStateException("the answer is " + answer.statusCode());
      }
      check(answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** A collector may take a request and leave out some of its points. */
  private static void check(HttpResponse<byte[]> answer) throws IOException {
    if (answer.headers().firstValue("Content-Type").orElse("").startsWith(PROTOBUF)) {
      ExportMetricsPartialSuccess part =
          ExportMetricsServiceResponse.parseFrom(answer.body()).getPartialSuccess();
      if (part.getRejectedDataPoints() > 0) {
        throw new IllegalStateException(
            part.getRejectedDataPoints()
                + " data points were rejected: "
                + SafeText.TEXT.of(part.getErrorMessage()));
      }
    }
  }

  private static byte[] compressed(ExportMetricsServiceRequest request) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      request.writeTo(gzip);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  @Override
  public void close() {
    scheduler.dispose();
    http.shutdownNow();
  }
}
