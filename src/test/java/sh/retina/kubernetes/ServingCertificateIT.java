package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API server's own certificate ends, or another authority signs it, while it is followed. */
class ServingCertificateIT {
  private static final String NODE = "tls-node";
  private static final Duration LONG = Duration.ofHours(1);

  @TempDir private Path directory;
  private ApiServer server;
  private KubernetesClient client;
  private ClusterObjects shop;

  @BeforeEach
  void start() {
    server = ApiServer.start(directory);
    client = server.clientOfAny();
    shop = new ClusterObjects(client, "kc-tls").namespace(Map.of(), Map.of());
    shop.pod("first", "first", NODE, false);
    shop.run("first", "10.81.0.1");
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void shouldServeTheLastStateUntilACertificateThatEndedIsReplaced() {
    try (Follower follower = follow(server.kubeconfig())) {
      follower.synced().awaitOwner("10.81.0.1", "first");
      server.serve(Duration.ofSeconds(1));
      follower.await("the end of the certificate", () -> !server.isTrusted());
      shop.pod("second", "second", NODE, false);
      shop.run("second", "10.81.0.2");
      follower.awaitOwner("10.81.0.2", "second"); // who is connected stays so

      server.restart();
      awaitRefusal(follower);
      assertThat(follower.owner("10.81.0.1").name()).isEqualTo("first");

      shop.delete("first");
      server.serve(LONG);
      follower.awaitOwner("10.81.0.1", "");
      assertThat(follower.watch("pods").isUp()).isTrue();
    }
  }

  @Test
  void shouldTakeAnotherAuthorityWhenItsFileHasIt() throws IOException {
    Path trusted = Files.copy(server.authority(), directory.resolve("trusted.crt"));
    try (Follower follower = follow(trusting(trusted))) {
      follower.synced().awaitOwner("10.81.0.1", "first");
      Path other = server.serveByAnother(LONG);

      server.restart();
      awaitRefusal(follower);
      assertThat(follower.owner("10.81.0.1").name()).isEqualTo("first");

      shop.delete("first");
      // As kubelet does: another file takes the name.
      Path next = Files.copy(other, directory.resolve("trusted.new"));
      Files.move(next, trusted, StandardCopyOption.ATOMIC_MOVE);
      follower.awaitOwner("10.81.0.1", "");
    }
  }

  private static void awaitRefusal(Follower follower) {
    follower.await(
        "a certificate that is not trusted",
        () -> follower.watch("pods").failures().getOrDefault("untrusted", 0L) > 0);
    assertThat(follower.watch("pods").isUp()).isFalse();
    assertThat(follower.watch("pods").fault()).contains("is not trusted");
  }

  /** An administrator's that names the file of the authority. */
  private Path trusting(Path authority) throws IOException {
    String text = Files.readString(server.kubeconfig());
    return Files.writeString(
        directory.resolve("trusting"),
        text.replaceFirst("certificate-authority-data: .*", "certificate-authority: " + authority));
  }

  private static Follower follow(Path kubeconfig) {
    return new Follower(kubeconfig, NODE, KubernetesSettings.Pods.LOCAL, Duration.ofMillis(100));
  }
}
