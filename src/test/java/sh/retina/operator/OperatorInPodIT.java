package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.PodAccount;

/** The operator as a pod has it, with a token that a kubelet replaces. */
class OperatorInPodIT {
  private static final String NAMESPACE = "operator-pod";

  @Test
  void shouldFollowTheTokenOfItsPod(@TempDir Path directory) throws Exception {
    try (OperatorCluster cluster = OperatorCluster.start(directory)) {
      ApiServer server = cluster.server();
      KubernetesClient client = cluster.client();
      DemoPods pods = new DemoPods(client, NAMESPACE);
      pods.start("first", "10.9.8.1");
      PodAccount account =
          PodAccount.make(directory, server, OperatorCluster.NAMESPACE, token(server));
      try (OperatorProcess operator =
          new OperatorProcess(
              directory,
              account.before(URI.create(server.url())),
              18_665,
              "--retina.operator.lease-duration=6s")) {
        eventually(() -> assertThat(endpoints(client)).containsExactly("first"));

        server.revokeTokens(OperatorCluster.NAMESPACE, OperatorCluster.ACCOUNT);
        account.token(token(server));
        pods.start("second", "10.9.8.2");
        pods.delete("first");
        eventually(() -> assertThat(endpoints(client)).containsExactly("second"));
        eventually(() -> assertThat(operator.leads()).isTrue());
        assertThat(operator.metrics()).as("the old one was refused").contains("{code=\"401\"");
      }
    }
  }

  private static String token(ApiServer server) {
    return server.token(OperatorCluster.NAMESPACE, OperatorCluster.ACCOUNT, Duration.ofHours(1));
  }

  private static List<String> endpoints(KubernetesClient client) {
    return client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems().stream()
        .map(endpoint -> endpoint.getMetadata().getName())
        .sorted()
        .toList();
  }
}
