package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.Gate;

/** A network that parts the leader, but not the other operator, from the API server. */
class OperatorPartitionIT {
  private static final String NAMESPACE = "operator-partition";
  private static final String[] SETTINGS = {
    "--retina.operator.lease-duration=6s", "--retina.operator.namespace=" + NAMESPACE
  };

  @TempDir Path directory;
  private ApiServer server;
  private KubernetesClient client;
  private DemoPods pods;

  @BeforeEach
  void start() {
    server = ApiServer.start(directory.resolve("server"));
    client = server.client();
    Crds.install(client);
    pods = new DemoPods(client, NAMESPACE);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void shouldHaveOneLeaderAtATimeWhenTheNetworkParts() {
    try (Gate gate = new Gate(server);
        OperatorProcess parted = operator(gate.kubeconfig(server.kubeconfig()), 18_663)) {
      eventually(() -> assertThat(parted.leads()).isTrue());
      try (OperatorProcess other = operator(server.kubeconfig(), 18_664)) {
        eventually(() -> assertThat(other.isReady()).isTrue());
        pods.start("before", "10.9.5.1");
        eventually(() -> assertThat(endpoints()).containsExactly("before"));

        gate.cut();
        pods.delete("before");
        pods.start("between", "10.9.5.2");
        eventually(() -> assertThat(other.leads()).isTrue());
        assertThat(parted.leads()).as("who cannot renew its Lease stops before").isFalse();
        eventually(() -> assertThat(endpoints()).containsExactly("between"));

        gate.mend();
        pods.delete("between");
        pods.start("after", "10.9.5.3");
        eventually(() -> assertThat(endpoints()).containsExactly("after"));
        eventually(() -> assertThat(parted.isReady()).isTrue());
        assertThat(parted.leads()).isFalse();
        assertThat(other.leads()).isTrue();

        other.kill();
        eventually(() -> assertThat(parted.leads()).isTrue());
        pods.delete("after");
        eventually(() -> assertThat(endpoints()).isEmpty());
      }
    }
  }

  private OperatorProcess operator(Path kubeconfig, int port) {
    return new OperatorProcess(directory, kubeconfig, port, SETTINGS);
  }

  private Set<String> endpoints() {
    return names(client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems());
  }

  private static Set<String> names(List<? extends HasMetadata> objects) {
    return objects.stream()
        .map(object -> object.getMetadata().getName())
        .collect(Collectors.toSet());
  }
}
