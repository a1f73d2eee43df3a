package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.kubernetes.Rights;

/** The API server's certificate ends, and another authority signs the next one. */
class OperatorTrustIT {
  private static final String NAMESPACE = "operator-trust";

  @Test
  void shouldLeadAgainWhenItsCertificateOrItsAuthorityIsReplaced(@TempDir Path directory)
      throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("api"));
        KubernetesClient client = server.clientOfAny()) {
      Crds.install(client);
      new ClusterObjects(client, "retina").namespace(Map.of(), Map.of());
      Rights.grant(client, Helm.CHART.resolve("rbac/operator.yaml"), "retina", "retina-operator");
      DemoPods pods = new DemoPods(client, NAMESPACE);
      pods.start("first", "10.9.7.1");
      Path trusted = Files.copy(server.authority(), directory.resolve("trusted.crt"));
      try (RunningOperator operator =
          new RunningOperator(
              server.url(),
              trusted,
              server.token("retina", "retina-operator", Duration.ofHours(1)),
              "retina")) {
        eventually(() -> assertThat(endpoints(client)).containsExactly("first"));

        server.serve(Duration.ofSeconds(1));
        eventually(() -> assertThat(server.isTrusted()).isFalse());
        restart(server);
        eventually(() -> assertThat(operator.metrics()).contains("retina_operator_leader 0.0"));
        pods.start("second", "10.9.7.2");
        server.serve(Duration.ofHours(1));
        eventually(() -> assertThat(endpoints(client)).containsExactly("first", "second"));

        Path other = server.serveByAnother(Duration.ofHours(1));
        eventually(() -> assertThat(server.isTrusted()).isFalse());
        restart(server);
        eventually(() -> assertThat(operator.metrics()).contains("retina_operator_leader 0.0"));
        pods.delete("first");
        Path next = Files.copy(other, directory.resolve("trusted.new"));
        Files.move(next, trusted, StandardCopyOption.ATOMIC_MOVE);
        eventually(() -> assertThat(endpoints(client)).containsExactly("second"));
        assertThat(operator.metrics()).contains("retina_operator_leader 1.0");
      }
    }
  }

  /** A TLS session that goes on is not asked for a certificate again; this ends them all. */
  private static void restart(ApiServer server) {
    server.kill();
    server.start();
  }

  private static List<String> endpoints(KubernetesClient client) {
    return client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems().stream()
        .map(endpoint -> endpoint.getMetadata().getName())
        .sorted()
        .toList();
  }
}
