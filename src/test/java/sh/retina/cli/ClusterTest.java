package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterTest {
  @TempDir private Path directory;

  @Test
  void shouldTakeTheContextThatIsAskedFor() throws IOException {
    Path kubeconfig =
        Files.writeString(
            directory.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters:
            - {name: one, cluster: {server: "https://one.invalid:6443"}}
            - {name: two, cluster: {server: "https://two.invalid:6443"}}
            users:
            - {name: user, user: {token: secret}}
            contexts:
            - {name: first, context: {cluster: one, user: user}}
            - {name: second, context: {cluster: two, user: user}}
            current-context: first
            """);

    try (KubernetesClient current = Cluster.connect(kubeconfig.toString(), null);
        KubernetesClient other = Cluster.connect(kubeconfig.toString(), "second")) {
      assertThat(current.getMasterUrl()).hasHost("one.invalid");
      assertThat(other.getMasterUrl()).hasHost("two.invalid");
    }
  }

  @Test
  void shouldNameTheFileThatCannotBeRead() throws IOException {
    Path none = directory.resolve("none");
    Path wrong = Files.writeString(directory.resolve("wrong"), "clusters: [");

    for (Path kubeconfig : new Path[] {none, wrong}) {
      assertThatExceptionOfType(CliException.class)
          .isThrownBy(() -> Cluster.connect(kubeconfig.toString(), null))
          .withMessageContaining("the kubeconfig " + kubeconfig + " cannot be read");
    }
  }
}
