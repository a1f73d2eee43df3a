package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.kubernetes.ApiServer;

/** The API server's certificate ends, and another authority signs the next one. */
class OperatorTrustIT {
  private static final String NAMESPACE = "operator-trust";

  @Test
  void shouldLeadAgainWhenItsCertificateOrItsAuthorityIsReplaced(@TempDir Path directory)
      throws Exception {
    try (OperatorCluster cluster = OperatorCluster.start(directory)) {
      ApiServer server = cluster.server();
      KubernetesClient client = cluster.client();
      DemoPods pods = new DemoPods(client, NAMESPACE);
      pods.start("first", "10.9.7.1");
      Path trusted = Files.copy(server.authority(), directory.resolve("trusted.crt"));
      try (RunningOperator operator =
          new RunningOperator(
              server.url(),
              trusted,
              server.token(OperatorCluster.NAMESPACE, OperatorCluster.ACCOUNT, Duration.ofHours(1)),
              OperatorCluster.NAMESPACE)) {
        eventually(() -> assertThat(endpoints(client)).containsExactly("first"));

        server.serve(Duration.ofSeconds(1));
        eventually(() -> assertThat(server.isTrusted()).isFalse());
        server.restart();
        eventually(() -> assertThat(operator.metrics()).contains("retina_operator_leader 0.0"));
        pods.start("second", "10.9.7.2");
        server.serve(Duration.ofHours(1));
        eventually(() -> assertThat(endpoints(client)).containsExactly("first", "second"));

        Path other = server.serveByAnother(Duration.ofHours(1));
        eventually(() -> assertThat(server.isTrusted()).isFalse());
        server.restart();
        eventually(() -> assertThat(operator.metrics()).contains("retina_operator_leader 0.0"));
        pods.delete("first");
        Path next = Files.copy(other, directory.resolve("trusted.new"));
        Files.move(next, trusted, StandardCopyOption.ATOMIC_MOVE);
        eventually(() -> assertThat(endpoints(client)).containsExactly("second"));
        assertThat(operator.metrics()).contains("retina_operator_leader 1.0");
      }
    }
  }

  private static List<String> endpoints(KubernetesClient client) {
    return client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems().stream()
        .map(endpoint -> endpoint.getMetadata().getName())
        .sorted()
        .toList();
  }
}
