package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a running agent sends by OTLP, as the real messages say it. */
@RequiresKernel
class OtlpIT {
  private static final String PACKETS = "retina_pod_packets_forwarded";
  private static final int DATAGRAMS = 100;

  /** The last value by pod and direction. */
  private final Map<String, Double> packets = new ConcurrentHashMap<>();

  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private final Set<String> nodes = ConcurrentHashMap.newKeySet();

  @Test
  void shouldSendSeriesOfPodsAndMetersOfTheNode(@TempDir Path directory) throws IOException {
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext("/v1/metrics", this::receive);
    collector.start();
    try (TestNetwork network = new TestNetwork("otlp", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser,linuxutil",
                "--retina.otlp.interval=1s",
                "--retina.otlp.url=http://127.0.0.1:%d/v1/metrics"
                    .formatted(collector.getAddress().getPort()))) {
      new PodTraffic(network).udp("a", network.ip4("b"), 5001, DATAGRAMS, 100);

      agent.scrapeUntil(
          scrape ->
              packets.getOrDefault("b ingress", 0.0) >= DATAGRAMS
                  && scrape.getOrDefault("retina_agent_otlp_pushes_total{outcome=\"sent\"}", 0.0)
                      > 1,
          () -> "packets at b by OTLP: " + packets);

      assertThat(packets).containsEntry("b ingress", (double) DATAGRAMS);
      assertThat(names)
          .contains("retina_agent_events", "retina_tcp_state", "retina_agent_queue_lag_seconds");
      assertThat(nodes).hasSize(1);
    } finally {
      collector.stop(0);
    }
  }

  private void receive(HttpExchange exchange) throws IOException {
    ExportMetricsServiceRequest request =
        ExportMetricsServiceRequest.parseFrom(new GZIPInputStream(exchange.getRequestBody()));
    request
        .getResourceMetricsList()
        .forEach(resource -> {
          nodes.add(labels(resource.getResource().getAttributesList()).get("k8s.node.name"));
          resource
              .getScopeMetricsList()
              .forEach(scope -> scope.getMetricsList().forEach(this::keep));
        });
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  private void keep(Metric metric) {
    names.add(metric.getName());
    if (metric.getName().equals(PACKETS)) {
      for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
        Map<String, String> labels = labels(point.getAttributesList());
        packets.put(labels.get("podname") + " " + labels.get("direction"), point.getAsDouble());
      }
    }
  }

  private static Map<String, String> labels(List<KeyValue> attributes) {
    Map<String, String> labels = new HashMap<>();
    attributes.forEach(one -> labels.put(one.getKey(), one.getValue().getStringValue()));
    return labels;
  }
}
