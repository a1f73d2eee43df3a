package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The API server that other tests use is a real one: it authorises, persists, and can be killed.
 */
class ApiServerIT {
  @Test
  void shouldServeAgainWhatItHadBeforeItWasKilled(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory, "--audit");
        KubernetesClient client = server.client()) {
      client
          .resource(
              new ConfigMapBuilder()
                  .withNewMetadata()
                  .withName("kept")
                  .withNamespace("default")
                  .endMetadata()
                  .addToData("key", "value")
                  .build())
          .create();

      server.kill();
      assertThat(server.process()).isEmpty();
      server.start();

      assertThat(client.configMaps().inNamespace("default").withName("kept").get().getData())
          .containsEntry("key", "value");
      assertThat(Files.readString(server.auditLog())).contains("\"configmaps\"");
    }
  }

  @Test
  void shouldRefuseWhoHasNoRoleAndWhoseTimeIsOver() {
    ApiServer server = ApiServer.shared();
    Path token =
        server.kubeconfigWithToken(server.token("apiserver", "nobody", Duration.ofHours(1)));
    Path over =
        server.kubeconfigWithToken(server.token("apiserver", "nobody", Duration.ofSeconds(-1)));
    Path admin = server.kubeconfigWithCertificate("short", "system:masters", Duration.ofMinutes(5));

    assertThat(code(server, token)).isEqualTo(403);
    assertThat(code(server, over)).isEqualTo(401);
    try (KubernetesClient client = server.client(admin)) {
      assertThat(client.namespaces().withName("default").get()).isNotNull();
    }
  }

  private static int code(ApiServer server, Path kubeconfig) {
    try (KubernetesClient client = server.client(kubeconfig)) {
      int[] code = new int[1];
      assertThatExceptionOfType(KubernetesClientException.class)
          .isThrownBy(() -> client.namespaces().list())
          .satisfies(refused -> code[0] = refused.getCode());
      return code[0];
    }
  }
}
