package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.kubernetes.Rights;

/** An API server that has too much to do, and one that no byte comes from. */
class OperatorFaultsIT {
  private static final String NAMESPACE = "operator-faults";
  private static final int PODS = 60;

  @TempDir private Path directory;

  /** An API server with pods and the operator's rights. */
  private record Cluster(ApiServer server, KubernetesClient client, DemoPods pods)
      implements AutoCloseable {
    static Cluster start(Path directory, String... options) throws IOException {
      ApiServer server = ApiServer.start(directory, options);
      KubernetesClient client = server.client();
      Crds.install(client);
      ClusterObjects operator = new ClusterObjects(client, "retina");
      Rights.grant(
          operator.namespace(Map.of(), Map.of()).client(),
          Helm.CHART.resolve("rbac/operator.yaml"),
          "retina",
          "retina-operator");
      return new Cluster(server, client, new DemoPods(client, NAMESPACE));
    }

    RunningOperator operator(String... settings) {
      return new RunningOperator(server, "retina", "retina-operator", settings);
    }

    Set<String> endpoints() {
      return client
          .resources(RetinaEndpoint.class)
          .inNamespace(NAMESPACE)
          .list()
          .getItems()
          .stream()
          .map(endpoint -> endpoint.getMetadata().getName())
          .collect(Collectors.toSet());
    }

    @Override
    public void close() {
      client.close();
      server.close();
    }
  }

  /** One write at a time, of all clients: with several workers each is in another's way. */
  @Test
  void shouldWriteAllInTheEndThoughItIsToldToWait() throws Exception {
    try (Cluster cluster =
        Cluster.start(
            directory,
            "--",
            "--enable-priority-and-fairness=false",
            "--max-mutating-requests-inflight=1")) {
      for (int i = 0; i < PODS; i++) {
        cluster.pods.start("busy-" + i, "10.9.5." + i);
      }

      try (RunningOperator operator = cluster.operator("--retina.operator.workers=16")) {
        eventually(() -> assertThat(cluster.endpoints()).hasSize(PODS));
        assertThat(operator.metrics())
            .as("it was told to wait")
            .containsPattern("retina_operator_api_requests_total\\{code=\"429\"");
        eventually(() ->
            assertThat(operator.metrics())
                .contains("retina_operator_queue_failing{controller=\"endpoints\"} 0.0"));
      }
    }
  }

  @Test
  void shouldLeadNoMoreBehindAPartitionAndGoOnAfterIt() throws Exception {
    try (Cluster cluster = Cluster.start(directory);
        RunningOperator operator = cluster.operator()) {
      cluster.pods.start("before", "10.9.6.1");
      eventually(() -> assertThat(cluster.endpoints()).containsExactly("before"));
      long pid = cluster.server.process().orElseThrow().pid();
      signal("STOP", pid);
      try {
        eventually(() -> assertThat(operator.metrics()).contains("retina_operator_leader 0.0"));
      } finally {
        signal("CONT", pid);
      }
      cluster.pods.delete("before");
      cluster.pods.start("after", "10.9.6.2");
      eventually(() -> assertThat(cluster.endpoints()).containsExactly("after"));
      assertThat(operator.metrics()).contains("retina_operator_leader 1.0");
    }
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start();
    assertThat(kill.waitFor(Duration.ofSeconds(10).toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }
}
