package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An API server that dies, hangs and refuses, and one that is not there at the start. */
class KubernetesFaultsIT {
  private static final String NODE = "fault-node";
  private static final Duration GRACE = Duration.ofMillis(100);

  @TempDir private Path directory;
  private ApiServer server;
  private KubernetesClient client;
  private ClusterObjects shop;

  @BeforeEach
  void start() {
    server = ApiServer.start(directory);
    client = server.client();
    shop = new ClusterObjects(client, "kc-fault").namespace(Map.of(), Map.of());
    shop.pod("first", "first", NODE, false);
    shop.run("first", "10.80.0.1");
    shop.pod("second", "second", NODE, false);
    shop.run("second", "10.80.0.2");
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
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
      shop.pod("third", "third", NODE, false);
      shop.run("third", "10.80.0.3");
      late.awaitOwner("10.80.0.3", "third");
      late.awaitOwner("10.80.0.1", "");
      assertThat(late.owner("10.80.0.2").name()).isEqualTo("second");
      assertThat(late.watch("pods").isUp()).isTrue();
      assertThat(late.watch("pods").fault()).isEmpty();
    }
  }

  @Test
  void shouldLeaveAServerThatHangsAndComeBack() throws IOException, InterruptedException {
    try (Follower follower =
        new Follower(
            server.kubeconfig(),
            NODE,
            KubernetesSettings.Pods.LOCAL,
            GRACE,
            Duration.ofSeconds(4))) {
      follower.synced().awaitOwner("10.80.0.1", "first");
      long pid = server.process().orElseThrow().pid();
      signal("STOP", pid);
      try {
        follower.await("silence", () -> failures(follower, "silent") > 0);
        assertThat(follower.owner("10.80.0.1").name()).isEqualTo("first");
      } finally {
        signal("CONT", pid);
      }
      shop.delete("first");
      follower.awaitOwner("10.80.0.1", "");
    }
  }

  @Test
  void shouldReadARotatedTokenAgain() throws IOException {
    client
        .rbac()
        .clusterRoleBindings()
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("kc-agent")
                .endMetadata()
                .addNewSubject()
                .withKind("ServiceAccount")
                .withNamespace("kc-fault")
                .withName("agent")
                .endSubject()
                .withNewRoleRef()
                .withApiGroup("rbac.authorization.k8s.io")
                .withKind("ClusterRole")
                .withName("cluster-admin")
                .endRoleRef()
                .build())
        .create();
    Path token = directory.resolve("token");
    Files.writeString(token, server.token("kc-fault", "agent", Duration.ofSeconds(3)));
    Instant over = Instant.now().plusSeconds(4);
    try (Follower follower = follow(server.kubeconfigWithTokenFile(token))) {
      follower.synced().awaitOwner("10.80.0.1", "first");
      follower.await("the end of the token", () -> Instant.now().isAfter(over));
      server.kill(); // ends the watches, and what it remembers of the token
      server.start();
      follower.await("a refusal", () -> failures(follower, "forbidden") > 0);
      assertThat(follower.owner("10.80.0.1").name()).isEqualTo("first");

      // As kubelet does: another file takes the name.
      Path next = directory.resolve("token.new");
      Files.writeString(next, server.token("kc-fault", "agent", Duration.ofHours(1)));
      Files.move(next, token, StandardCopyOption.ATOMIC_MOVE);
      shop.delete("first");
      follower.awaitOwner("10.80.0.1", "");
    }
  }

  @Test
  void shouldReadACertificateAgainWhoseTimeIsOver() {
    Path kubeconfig =
        server.kubeconfigWithCertificate("kc-short", "system:masters", Duration.ofSeconds(8));
    try (Follower follower = follow(kubeconfig)) {
      follower.synced().awaitOwner("10.80.0.1", "first");
      // The server takes what is over until it asks again: watches end with it.
      follower.await("the end of the certificate", () -> isRefused(kubeconfig));
      server.kill();
      server.start();
      follower.await("a refusal", () -> failures(follower, "forbidden") > 0);
      assertThat(follower.owner("10.80.0.1").name()).isEqualTo("first");

      // In place of the old files, which the kubeconfig names.
      server.kubeconfigWithCertificate("kc-short", "system:masters", Duration.ofHours(1));
      shop.delete("first");
      follower.awaitOwner("10.80.0.1", "");
    }
  }

  private boolean isRefused(Path kubeconfig) {
    try (KubernetesClient other = server.client(kubeconfig)) {
      other.namespaces().list();
      return false;
    } catch (KubernetesClientException e) {
      return e.getCode() == 401;
    }
  }

  private static long failures(Follower follower, String cause) {
    return follower.watch("pods").failures().getOrDefault(cause, 0L);
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start();
    assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }

  private static Follower follow(Path kubeconfig) {
    return new Follower(kubeconfig, NODE, KubernetesSettings.Pods.LOCAL, GRACE);
  }
}
