package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.URI;
import java.nio.file.Path;
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
import sh.retina.kubernetes.PodAccount;
import sh.retina.kubernetes.Rights;

/** The operator as a pod has it, with a token that a kubelet replaces before it ends. */
class OperatorInPodIT {
  private static final String NAMESPACE = "operator-pod";
  private static final String ACCOUNT = "retina-operator";

  @Test
  void shouldFollowTheTokenOfItsPod(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("api"));
        KubernetesClient client = server.client()) {
      Crds.install(client);
      new ClusterObjects(client, "retina").namespace(Map.of(), Map.of());
      Rights.grant(client, Helm.CHART.resolve("rbac/operator.yaml"), "retina", ACCOUNT);
      DemoPods pods = new DemoPods(client, NAMESPACE);
      pods.start("first", "10.9.8.1");
      String brief = server.token("retina", ACCOUNT, Duration.ofSeconds(30));
      PodAccount account = PodAccount.make(directory, server, "retina", brief);
      try (OperatorProcess operator =
          new OperatorProcess(
              directory,
              account.before(URI.create(server.url())),
              18_665,
              "--retina.operator.lease-duration=6s")) {
        eventually(() -> assertThat(endpoints(client)).containsExactly("first"));

        account.token(server.token("retina", ACCOUNT, Duration.ofHours(1)));
        Path withBrief = server.kubeconfigWithToken(brief);
        eventually(() -> assertThat(isRefused(server, withBrief)).isTrue());
        pods.start("second", "10.9.8.2");
        eventually(() -> assertThat(endpoints(client)).containsExactly("first", "second"));
        server.kill(); // ends the watches, and what it remembers of the token
        server.start();
        pods.delete("first");
        eventually(() -> assertThat(endpoints(client)).containsExactly("second"));
        assertThat(operator.leads()).isTrue();
        assertThat(operator.metrics()).as("the old one was refused").contains("{code=\"401\"");
      }
    }
  }

  private static boolean isRefused(ApiServer server, Path kubeconfig) {
    try (KubernetesClient other = server.client(kubeconfig)) {
      other.namespaces().list();
      return false;
    } catch (KubernetesClientException e) {
      return e.getCode() == 401;
    }
  }

  private static List<String> endpoints(KubernetesClient client) {
    return client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems().stream()
        .map(endpoint -> endpoint.getMetadata().getName())
        .sorted()
        .toList();
  }
}
