package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.RetinaEndpoint;

/** An API server that has too much to do, and one that no byte comes from. */
class OperatorFaultsIT {
  private static final String NAMESPACE = "operator-faults";
  private static final int PODS = 60;

  @TempDir private Path directory;

  /** One write at a time, of all clients: with several workers each is in another's way. */
  @Test
  void shouldWriteAllInTheEndThoughItIsToldToWait() throws Exception {
    try (OperatorCluster cluster =
        OperatorCluster.start(
            directory,
            "--",
            "--enable-priority-and-fairness=false",
            "--max-mutating-requests-inflight=1")) {
      DemoPods pods = new DemoPods(cluster.client(), NAMESPACE);
      for (int i = 0; i < PODS; i++) {
        pods.start("busy-" + i, "10.9.5." + i);
      }

      try (RunningOperator operator = cluster.operator("--retina.operator.workers=16")) {
        eventually(() -> assertThat(endpoints(cluster)).hasSize(PODS));
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
    try (OperatorCluster cluster = OperatorCluster.start(directory);
        RunningOperator operator = cluster.operator()) {
      DemoPods pods = new DemoPods(cluster.client(), NAMESPACE);
      pods.start("before", "10.9.6.1");
      eventually(() -> assertThat(endpoints(cluster)).containsExactly("before"));
      cluster.server().suspend();
      try {
        eventually(() -> assertThat(operator.metrics()).contains("retina_operator_leader 0.0"));
      } finally {
        cluster.server().resume();
      }
      pods.delete("before");
      pods.start("after", "10.9.6.2");
      eventually(() -> assertThat(endpoints(cluster)).containsExactly("after"));
      assertThat(operator.metrics()).contains("retina_operator_leader 1.0");
    }
  }

  private static Set<String> endpoints(OperatorCluster cluster) {
    return cluster
        .client()
        .resources(RetinaEndpoint.class)
        .inNamespace(NAMESPACE)
        .list()
        .getItems()
        .stream()
        .map(endpoint -> endpoint.getMetadata().getName())
        .collect(Collectors.toSet());
  }
}
