package sh.retina.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sh.retina.export.prometheus.Agent;
import sh.retina.export.prometheus.Naming;
import sh.retina.pipeline.PodLevel;

/** Against a collector of ours that reads the real messages. */
class OtlpPushTest {
  private static final long START_NS = 1_700_000_000_000_000_000L;

  private final List<ExportMetricsServiceRequest> received = new CopyOnWriteArrayList<>();
  private final AtomicInteger answer = new AtomicInteger(200);
  private final AtomicInteger rejected = new AtomicInteger();
  private final OtlpCounts counts = new OtlpCounts();
  private HttpServer collector;

  @BeforeEach
  void listen() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext("/v1/metrics", this::receive);
    collector.start();
  }

  @AfterEach
  void stop() {
    collector.stop(0);
  }

  private void receive(HttpExchange exchange) throws IOException {
    assertThat(exchange.getRequestHeaders().getFirst("Content-Type"))
        .isEqualTo("application/x-protobuf");
    assertThat(exchange.getRequestHeaders().getFirst("Content-Encoding")).isEqualTo("gzip");
    received.add(
        ExportMetricsServiceRequest.parseFrom(new GZIPInputStream(exchange.getRequestBody())));
    byte[] body =
        ExportMetricsServiceResponse.newBuilder()
            .setPartialSuccess(
                ExportMetricsPartialSuccess.newBuilder().setRejectedDataPoints(rejected.get()))
            .build()
            .toByteArray();
    exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
    exchange.sendResponseHeaders(answer.get(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private OtlpPush push(Agent agent) {
    return new OtlpPush(
        URI.create("http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/metrics"),
        Duration.ofHours(1),
        Map.of("service.name", "retina", "k8s.node.name", "n1"),
        agent.source()::read,
        () -> START_NS,
        counts);
  }

  private static Agent agent() {
    return new Agent(Naming.RETINA, PodLevel.Context.REMOTE).withTraffic().withDns().withSockets();
  }

  @Test
  void shouldSendWhatAScrapeShows() {
    Agent agent = agent();
    try (OtlpPush push = push(agent)) {
      push.push();
    }

    assertThat(series()).containsExactlyInAnyOrderEntriesOf(scraped(agent.text()));
    assertThat(series()).hasSizeGreaterThan(130);
    assertThat(counts.sentSoFar()).isOne();
    ResourceMetrics resource = received.getFirst().getResourceMetrics(0);
    assertThat(labels(resource.getResource().getAttributesList()))
        .isEqualTo("k8s.node.name=n1,service.name=retina");
  }

  @Test
  void shouldSaySinceWhenSumsCountAndTheirUnits() {
    try (OtlpPush push = push(agent())) {
      push.push();
    }

    Metric bytes = metric("retina_pod_forwarded_bytes");
    assertThat(bytes.getUnit()).isEqualTo("By");
    assertThat(bytes.getSum().getIsMonotonic()).isTrue();
    assertThat(bytes.getSum().getDataPoints(0).getStartTimeUnixNano()).isEqualTo(START_NS);
    Metric times = metric("retina_pod_tcp_rtt_seconds");
    assertThat(times.getUnit()).isEqualTo("s");
    HistogramDataPoint point = times.getHistogram().getDataPoints(0);
    assertThat(point.getBucketCountsCount()).isEqualTo(point.getExplicitBoundsCount() + 1);
    assertThat(point.getBucketCountsList().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(point.getCount())
        .isPositive();
  }

  @Test
  void shouldCountWhatDoesNotArriveAndGoOn() {
    try (OtlpPush push = push(agent())) {
      answer.set(503);
      push.push();
      push.push();
      assertThat(counts.failedSoFar()).isEqualTo(2);
      assertThat(counts.sentSoFar()).isZero();

      answer.set(200);
      push.push();
      assertThat(counts.sentSoFar()).isOne();

      collector.stop(0);
      push.push();
      assertThat(counts.failedSoFar()).isEqualTo(3);
    }
  }

  @Test
  void shouldCountWhatTheCollectorTakesInPartOnly() {
    rejected.set(3);
    try (OtlpPush push = push(agent())) {
      push.push();
    }

    assertThat(counts.failedSoFar()).isOne();
    assertThat(counts.sentSoFar()).isZero();
  }

  private List<Metric> metrics() {
    return received.stream()
        .flatMap(request -> request.getResourceMetricsList().stream())
        .map(ResourceMetrics::getScopeMetricsList)
        .flatMap(List::stream)
        .map(ScopeMetrics::getMetricsList)
        .flatMap(List::stream)
        .toList();
  }

  private Metric metric(String name) {
    return metrics().stream().filter(m -> m.getName().equals(name)).findFirst().orElseThrow();
  }

  /** As a scrape has it, a histogram by its count and sum. */
  private Map<String, Double> series() {
    Map<String, Double> series = new TreeMap<>();
    for (Metric metric : metrics()) {
      String name = metric.getName();
      metric.getSum().getDataPointsList().forEach(p -> put(series, name + "_total", p));
      metric.getGauge().getDataPointsList().forEach(p -> put(series, name, p));
      for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
        String labels = "{" + labels(point.getAttributesList()) + "}";
        series.put(name + "_count" + labels, (double) point.getCount());
        series.put(name + "_sum" + labels, point.getSum());
      }
    }
    return series;
  }

  private static void put(Map<String, Double> series, String name, NumberDataPoint point) {
    String key = name + "{" + labels(point.getAttributesList()) + "}";
    assertThat(series.put(key, point.getAsDouble())).as(key + " twice").isNull();
  }

  private static String labels(List<KeyValue> attributes) {
    return attributes.stream()
        .map(attribute -> attribute.getKey() + "=" + attribute.getValue().getStringValue())
        .sorted()
        .collect(Collectors.joining(","));
  }

  private static Map<String, Double> scraped(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("#") && !line.contains("_bucket{"))
        .collect(
            Collectors.toMap(
                line -> {
                  String key = line.substring(0, line.lastIndexOf(' ')).replace("\"", "");
                  return key.contains("{") ? key : key + "{}";
                },
                line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
  }
}
