package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.crd.MetricsConfiguration;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.crd.State;
import sh.retina.kubernetes.ApiServer;

/** Operators as processes, and what may happen to them and to the API server. */
class OperatorIT {
  private static final String NAMESPACE = "operator";
  private static final String[] SETTINGS = {
    "--retina.operator.lease-duration=6s", "--retina.operator.namespace=" + NAMESPACE
  };

  @TempDir Path directory;

  @Test
  void shouldHandOverWhenItsLeaderDiesAndServeOnWhenTheApiServerDoes() throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("server"));
        KubernetesClient client = server.client()) {
      Crds.install(client);
      DemoPods pods = new DemoPods(client, NAMESPACE);
      client.resource(configuration("/crd/accepted/metricsconfiguration-include.yaml")).create();
      try (OperatorProcess first = operator(server, 18_661);
          OperatorProcess second = operator(server, 18_662)) {
        eventually(() ->
            assertThat(first.isReady() && second.isReady())
                .as(() -> first.output() + second.output())
                .isTrue());
        eventually(() -> assertThat(first.leads() ^ second.leads()).isTrue());
        OperatorProcess leader = first.leads() ? first : second;
        OperatorProcess other = first.leads() ? second : first;
        for (int i = 0; i < 20; i++) {
          pods.start("before-" + i, "10.9.1." + i);
        }
        eventually(() -> assertThat(endpoints(client)).isEqualTo(pods(client)).hasSize(20));
        eventually(() ->
            assertThat(client.resources(MetricsConfiguration.class).withName("include").get())
                .satisfies(read -> {
                  assertThat(read.getStatus().state()).isEqualTo(State.ACCEPTED);
                  assertThat(read.getStatus().reason()).contains("tcp_state has no effect");
                }));

        leader.kill();
        pods.delete("before-0");
        pods.start("between", "10.9.2.1");
        eventually(() -> assertThat(other.leads()).isTrue());
        eventually(() -> assertThat(endpoints(client)).isEqualTo(pods(client)).contains("between"));

        server.kill();
        server.start();
        for (int i = 1; i < 20; i++) {
          pods.delete("before-" + i);
          pods.start("after-" + i, "10.9.3." + i);
          if (i == 10) {
            server.kill();
            server.start();
          }
        }
        eventually(() ->
            assertThat(endpoints(client)).as(other::output).isEqualTo(pods(client)).hasSize(20));
        eventually(() -> assertThat(other.leads()).isTrue());
        assertThat(other.metrics())
            .contains("retina_operator_api_requests_total", "controller=\"endpoints\"");

        assertThat(other.terminate()).isEqualTo(143);
        assertThat(holder(client)).isIn("", null);
      }
    }
  }

  private OperatorProcess operator(ApiServer server, int port) {
    return new OperatorProcess(directory, server.kubeconfig(), port, SETTINGS);
  }

  private static MetricsConfiguration configuration(String resource) {
    return io.fabric8.kubernetes.client.utils.Serialization.unmarshal(
        Objects.requireNonNull(OperatorIT.class.getResourceAsStream(resource)),
        MetricsConfiguration.class);
  }

  private static Set<String> endpoints(KubernetesClient client) {
    return names(client.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).list().getItems());
  }

  private static Set<String> pods(KubernetesClient client) {
    return names(client.pods().inNamespace(NAMESPACE).list().getItems());
  }

  private static Set<String> names(java.util.List<? extends HasMetadata> objects) {
    return objects.stream()
        .map(object -> object.getMetadata().getName())
        .collect(Collectors.toSet());
  }

  private static @org.jspecify.annotations.Nullable String holder(KubernetesClient client) {
    Lease lease = client.leases().inNamespace(NAMESPACE).withName("retina-operator").get();
    return lease.getSpec().getHolderIdentity();
  }
}
