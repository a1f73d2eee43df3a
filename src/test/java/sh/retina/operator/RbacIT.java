package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.Rights;

/**
 * The operator does its work with the rights of the chart, and uses each of them: what it may do is
 * compared with what the API server's audit log says that it did.
 */
class RbacIT {
  private static final Path RIGHTS = Path.of("helm/retina/rbac/operator.yaml");
  private static final String NAMESPACE = "retina";
  private static final String ACCOUNT = "retina-operator";

  @Test
  void shouldHaveTheRightsThatItUsesAndNoOthers(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory, "--audit");
        KubernetesClient admin = server.client()) {
      Crds.install(admin);
      DemoPods pods = new DemoPods(admin, NAMESPACE);
      Rights rights = Rights.grant(admin, RIGHTS, NAMESPACE, ACCOUNT);

      try (RunningOperator operator = new RunningOperator(server, NAMESPACE, ACCOUNT)) {
        work(admin, pods);
        eventually(() ->
            assertThat(operator.metrics())
                .contains("retina_operator_captures{namespace=\"retina\",state=\"failed\"} 1.0"));
      }

      rights.assertAllUsedAndNoOther(server.auditLog());
    }
  }

  /** Each thing that an operator does, once. */
  private static void work(KubernetesClient admin, DemoPods pods) {
    for (String sample :
        List.of("metricsconfiguration-include", "tracesconfiguration", "capture-rotating")) {
      HasMetadata object =
          admin
              .load(RbacIT.class.getResourceAsStream("/crd/accepted/" + sample + ".yaml"))
              .items()
              .getFirst();
      if (sample.startsWith("capture")) {
        object.getMetadata().setNamespace(NAMESPACE);
      }
      admin.resource(object).create();
    }
    pods.start("web", "10.9.0.1");
    eventually(() -> assertThat(ip(admin)).isEqualTo("10.9.0.1"));
    pods.run("web", "10.9.0.2");
    eventually(() -> assertThat(ip(admin)).isEqualTo("10.9.0.2"));
    pods.delete("web");
    eventually(() -> assertThat(ip(admin)).isEmpty());
    for (String kind : List.of("metricsconfigurations", "tracesconfigurations", "captures")) {
      eventually(() ->
          assertThat(
                  admin
                      .genericKubernetesResources("retina.sh/v1alpha1", kind(kind))
                      .inAnyNamespace()
                      .list()
                      .getItems())
              .allSatisfy(one -> assertThat(one.getAdditionalProperties()).containsKey("status")));
    }
  }

  private static String kind(String plural) {
    return switch (plural) {
      case "captures" -> "Capture";
      case "tracesconfigurations" -> "TracesConfiguration";
      default -> "MetricsConfiguration";
    };
  }

  private static String ip(KubernetesClient admin) {
    RetinaEndpoint endpoint =
        admin.resources(RetinaEndpoint.class).inNamespace(NAMESPACE).withName("web").get();
    return endpoint == null ? "" : String.valueOf(endpoint.getSpec().podIP());
  }
}
