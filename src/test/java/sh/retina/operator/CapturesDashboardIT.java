package sh.retina.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.agent.Prometheus;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureStatus;
import sh.retina.crd.Crds;
import sh.retina.export.prometheus.Dashboards;
import sh.retina.export.prometheus.Dashboards.Query;
import sh.retina.kubernetes.ApiServer;

/**
 * A real Prometheus asks the queries of the dashboard of captures, while Captures of a real API
 * server come, change and go. Their status is written by the test, for states that do not wait for
 * anything.
 */
class CapturesDashboardIT {
  private static final String ONE = "captures-one";
  private static final String TWO = "captures-two";

  private final PrometheusRegistry shown = new PrometheusRegistry();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, shown, Clock.SYSTEM);
  private final OperatorMeters meters = new OperatorMeters(registry);

  @TempDir private Path directory;

  @Test
  void shouldShowWhatTheStatusOfTheCapturesSays() throws IOException {
    Assumptions.assumeTrue(
        Prometheus.isInstalled(), "no Prometheus here: apt-get install prometheus");
    HttpServer page = page();
    try (ApiServer server = ApiServer.start(directory.resolve("server"));
        KubernetesClient client = client(server)) {
      Crds.install(client);
      new DemoPods(client, ONE);
      new DemoPods(client, TWO);
      Capture active = create(client, ONE, "active");
      report(client, active, status(null, 2, 1, 0));
      report(
          client,
          create(client, ONE, "completed"),
          status("complete", 0, 3, 0, file("hostPath", 1_000), file("s3Upload", 2_000)));
      report(
          client,
          create(client, TWO, "failed"),
          status("error", 0, 1, 1, file("hostPath", 500), failedFile("blobUpload")));
      Capture waiting = create(client, TWO, "waiting");

      Leadership leadership = operator(client);
      leadership.start();
      try (Prometheus prometheus =
          Prometheus.of(directory.resolve("prometheus"), page.getAddress().getPort())) {
        prometheus.await(
            "captures",
            () -> prometheus.values("sum(retina_operator_captures)").equals(List.of(4.0)));
        // A rate needs two scrapes, and calls between them.
        report(client, waiting, status(null, 0, 0, 0));
        prometheus.await(
            "calls",
            () ->
                prometheus.values("rate(retina_operator_api_requests_total[60s])").stream()
                    .anyMatch(rate -> rate > 0));

        answersEveryQuery(prometheus);
        answersWithWhatThereIs(prometheus);

        report(client, waiting, status(null, 4, 0, 0));
        client.resource(active).delete();
        prometheus.await("the change", () -> ask(prometheus, "Running jobs").equals(List.of(4.0)));
        assertThat(ask(prometheus, "Waiting")).containsExactly(0.0);
        assertThat(ask(prometheus, "Active")).containsExactly(1.0);
      } finally {
        leadership.close();
      }
      assertThat(registry.scrape()).doesNotContain("retina_operator_captures{");
    } finally {
      page.stop(0);
    }
  }

  private void answersEveryQuery(Prometheus prometheus) {
    List<String> wrong = new ArrayList<>();
    for (Query query : Dashboards.captureQueries()) {
      List<Double> values = prometheus.values(query.with("60s"));
      if (values.isEmpty() || values.stream().anyMatch(value -> !(value >= 0))) {
        wrong.add(query.place() + " is " + values);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(prometheus.labelValues("retina_operator_captures", "namespace"))
        .containsExactlyInAnyOrder(ONE, TWO);
    assertThat(prometheus.labelValues("retina_operator_leader", "cluster")).isNotEmpty();
  }

  private void answersWithWhatThereIs(Prometheus prometheus) {
    assertThat(ask(prometheus, "Waiting")).containsExactly(1.0);
    assertThat(ask(prometheus, "Active")).containsExactly(1.0);
    assertThat(ask(prometheus, "Completed")).containsExactly(1.0);
    assertThat(ask(prometheus, "Failed")).containsExactly(1.0);
    assertThat(ask(prometheus, "Running jobs")).containsExactly(2.0);
    assertThat(ask(prometheus, "Recorded")).containsExactly(3_500.0);
    assertThat(ask(prometheus, "Jobs by state")).containsExactlyInAnyOrder(2.0, 5.0, 1.0);
    assertThat(ask(prometheus, "Files by place"))
        .containsExactlyInAnyOrder(2.0, 0.0, 1.0, 0.0, 0.0, 1.0);
    assertThat(ask(prometheus, "Size by place")).containsExactlyInAnyOrder(1_500.0, 2_000.0, 0.0);
    assertThat(ask(prometheus, "Leaders")).containsExactly(1.0);
  }

  private static List<Double> ask(Prometheus prometheus, String panel) {
    Query query =
        Dashboards.captureQueries().stream()
            .filter(one -> one.place().equals("captures: " + panel))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no panel " + panel));
    return prometheus.values(query.with("60s"));
  }

  private Leadership operator(KubernetesClient client) {
    CaptureMeters captures = new CaptureMeters();
    shown.register(captures);
    Controllers controllers =
        new Controllers(() ->
            List.of(
                new StatusController<Capture, CaptureStatus>(
                    "captures",
                    client,
                    meters,
                    Capture.class,
                    _ -> Map.of(),
                    now -> captures.show(() -> now))));
    meters.controller("captures", controllers);
    Leadership leadership =
        new Leadership(client, ONE, "captures", "this", Duration.ofSeconds(15), controllers);
    meters.leads(leadership);
    return leadership;
  }

  private KubernetesClient client(ApiServer server) {
    try (KubernetesClient admin = server.client()) {
      return new KubernetesClientBuilder()
          .withConfig(admin.getConfiguration())
          .withHttpClientBuilderConsumer(
              builder -> builder.addOrReplaceInterceptor("operator-meters", meters))
          .build();
    }
  }

  private HttpServer page() throws IOException {
    HttpServer page =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    page.createContext(
        "/metrics",
        exchange -> {
          byte[] body = registry.scrape().getBytes(UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    page.start();
    return page;
  }

  private static Capture create(KubernetesClient client, String namespace, String name) {
    Capture capture =
        client
            .resources(Capture.class)
            .load(
                CapturesDashboardIT.class.getResourceAsStream(
                    "/crd/accepted/capture-rotating.yaml"))
            .item();
    capture.getMetadata().setNamespace(namespace);
    capture.getMetadata().setName(name);
    return client.resource(capture).create();
  }

  private static void report(KubernetesClient client, Capture capture, CaptureStatus status) {
    capture.setStatus(status);
    capture.getMetadata().setResourceVersion(null);
    client.resource(capture).updateStatus();
  }

  private static CaptureStatus status(
      @Nullable String condition,
      int active,
      int succeeded,
      int failed,
      CaptureStatus.File... files) {
    List<Condition> conditions =
        condition == null
            ? List.of()
            : Conditions.with(null, condition, true, "Test", "by a test", 1L, Instant.EPOCH);
    return new CaptureStatus(conditions, null, null, active, succeeded, failed, List.of(files));
  }

  private static CaptureStatus.File file(String type, long bytes) {
    return new CaptureStatus.File("node-1", type, "/captures/one.pcapng", bytes, null, null);
  }

  private static CaptureStatus.File failedFile(String type) {
    return new CaptureStatus.File("node-1", type, null, null, null, "no such container");
  }
}
