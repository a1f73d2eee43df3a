package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static sh.retina.operator.Eventually.eventually;

import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.crd.RetinaEndpoint;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;
import sh.retina.kubernetes.ApiServer;

/** The operator as the chart starts it, with the account and the rights that a release gives it. */
class ChartOperatorIT {
  private static final String NAMESPACE = "chart-operator";
  private static final String VALUE = "operator.enableRetinaEndpoint=true";

  @TempDir private Path directory;

  @Test
  void shouldWorkWithTheConfigurationAndTheRightsOfARelease() throws Exception {
    Helm helm = Helm.find();
    ApiServer server = ApiServer.shared();
    try (KubernetesClient admin = server.client()) {
      Crds.install(admin);
      DemoPods pods = new DemoPods(admin, NAMESPACE);
      String[] release = {"--kubeconfig", server.kubeconfig().toString(), "--namespace", NAMESPACE};
      helm.run(words("install", Helm.CHART.toString(), "--set", VALUE, release)).orFail();
      try {
        Rendered rendered = Rendered.of(helm, "--namespace", NAMESPACE, "--set", VALUE);
        PodSpec pod =
            rendered
                .find(Deployment.class, "retina-operator")
                .orElseThrow()
                .getSpec()
                .getTemplate()
                .getSpec();
        Path config = Files.createDirectory(directory.resolve("config"));
        String[] settings = rendered.settings(pod, config).toArray(String[]::new);
        String token = server.token(NAMESPACE, pod.getServiceAccountName(), Duration.ofMinutes(30));
        try (OperatorProcess operator =
            new OperatorProcess(directory, server.kubeconfigWithToken(token), 18_671, settings)) {
          eventually(() -> assertThat(operator.isReady()).isTrue());
          pods.start("web", "10.9.7.1");

          eventually(() ->
              assertThat(
                      admin
                          .resources(RetinaEndpoint.class)
                          .inNamespace(NAMESPACE)
                          .withName("web")
                          .get())
                  .isNotNull());
          assertThat(admin.leases().inNamespace(NAMESPACE).withName("retina-operator").get())
              .isNotNull();
          assertThat(operator.output()).doesNotContain("forbidden");
        }
      } finally {
        helm.run(words("uninstall", "--ignore-not-found", "", "", release)).orFail();
        pods.delete("web");
      }
    }
  }

  /** {@code helm VERB retina ...}. */
  private static String[] words(
      String verb, String first, String second, String third, String... more) {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(verb, "retina", first, second, third)
                .filter(word -> !word.isEmpty()),
            java.util.Arrays.stream(more))
        .toArray(String[]::new);
  }
}
