package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An API server that dies, hangs and refuses, and one that is not there at the start. */
class KubernetesFaultsIT {
  private static final String NODE = "fault-node";
  private static final Duration GRACE = Duration.ofMillis(100);

  @TempDir private static Path directory;

  private static ApiServer server;
  private static KubernetesClient client;
  private ClusterObjects shop;

  @BeforeAll
  static void start() {
    server = ApiServer.start(directory);
    client = server.client();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  /** Starts what a test that failed has left down. */
  @BeforeEach
  void makePods() {
    server.start();
    shop = new ClusterObjects(client, "kc-fault").namespace(Map.of(), Map.of());
    run("first", "10.80.0.1");
    run("second", "10.80.0.2");
  }

  @AfterEach
  void deletePods() {
    client.pods().inNamespace(shop.namespace()).withGracePeriod(0).delete();
  }

  private void run(String pod, String address) {
    shop.pod(pod, pod, NODE, false);
    shop.run(pod, address);
  }

  @Test
  void shouldServeTheLastStateAndMissNothingWhileTheServerIsAway() {
    server.kill();
    try (Follower late = follow(server.kubeconfig())) {
      late.await("a failure", () -> failures(late, "unreachable") > 0);
      assertThat(late.isWaiting()).isTrue();
      server.start();
      late.synced().awaitOwner("10.80.0.1", "first");

      server.kill();
      late.await("a watch that is down", () -> !late.watch("pods").isUp());
      assertThat(late.owner("10.80.0.1").name()).isEqualTo("first");
      assertThat(late.watch("pods").fault()).isNotEmpty();

      server.start();
      shop.delete("first");
      run("third", "10.80.0.3");
      late.awaitOwner("10.80.0.3", "third");
      late.awaitOwner("10.80.0.1", "");
      assertThat(late.owner("10.80.0.2").name()).isEqualTo("second");
      assertThat(late.watch("pods").isUp()).isTrue();
      assertThat(late.watch("pods").fault()).isEmpty();
    }
  }

  @Test
  void shouldLeaveAServerThatHangsAndComeBack() {
    try (Follower follower =
        new Follower(
            server.kubeconfig(),
            NODE,
            KubernetesSettings.Pods.LOCAL,
            GRACE,
            Duration.ofSeconds(4))) {
      follower.synced().awaitOwner("10.80.0.1", "first");
      server.suspend();
      try {
        follower.await("silence", () -> failures(follower, "silent") > 0);
        assertThat(follower.owner("10.80.0.1").name()).isEqualTo("first");
      } finally {
        server.resume();
      }
      shop.delete("first");
      follower.awaitOwner("10.80.0.1", "");
    }
  }

  /** Both end at once, as each needs the server to look again at who is connected. */
  @Test
  void shouldReadATokenAndACertificateAgainWhoseTimeIsOver() throws IOException {
    allowAll("agent");
    Path token = Files.writeString(directory.resolve("token"), token(Duration.ofSeconds(8)));
    Path byToken = server.kubeconfigWithTokenFile(token);
    Path byCertificate =
        server.kubeconfigWithCertificate("kc-short", "system:masters", Duration.ofSeconds(8));
    Instant over = Instant.now().plusSeconds(9);
    try (Follower tokens = follow(byToken);
        Follower certificates = follow(byCertificate)) {
      tokens.synced().awaitOwner("10.80.0.1", "first");
      certificates.synced().awaitOwner("10.80.0.1", "first");
      // The server takes what is over until it asks again: watches end with it.
      certificates.await("the end of the certificate", () -> server.isRefused(byCertificate));
      tokens.await("the end of the token", () -> Instant.now().isAfter(over));
      server.restart();
      for (Follower follower : new Follower[] {tokens, certificates}) {
        follower.await("a refusal", () -> failures(follower, "forbidden") > 0);
        assertThat(follower.owner("10.80.0.1").name()).isEqualTo("first");
      }

      // As kubelet does: another file takes the name.
      Path next = directory.resolve("token.new");
      Files.writeString(next, token(Duration.ofHours(1)));
      Files.move(next, token, StandardCopyOption.ATOMIC_MOVE);
      // In place of the old files, which the kubeconfig names.
      server.kubeconfigWithCertificate("kc-short", "system:masters", Duration.ofHours(1));
      shop.delete("first");
      tokens.awaitOwner("10.80.0.1", "");
      certificates.awaitOwner("10.80.0.1", "");
    }
  }

  private String token(Duration life) {
    return server.token(shop.namespace(), "agent", life);
  }

  private void allowAll(String account) {
    client
        .rbac()
        .clusterRoleBindings()
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("kc-" + account)
                .endMetadata()
                .addNewSubject()
                .withKind("ServiceAccount")
                .withNamespace(shop.namespace())
                .withName(account)
                .endSubject()
                .withNewRoleRef()
                .withApiGroup("rbac.authorization.k8s.io")
                .withKind("ClusterRole")
                .withName("cluster-admin")
                .endRoleRef()
                .build())
        .create();
  }

  private static long failures(Follower follower, String cause) {
    return follower.watch("pods").failures().getOrDefault(cause, 0L);
  }

  private static Follower follow(Path kubeconfig) {
    return new Follower(kubeconfig, NODE, KubernetesSettings.Pods.LOCAL, GRACE);
  }
}
