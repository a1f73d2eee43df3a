package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.kubernetes.Rights;

/**
 * The agent as a pod has it: the address of the API server in the environment, and a service
 * account's files in their place, of which the token is replaced as a kubelet does.
 */
@RequiresKernel
class InClusterIT {
  private static final String ACCOUNT = "retina-agent";

  @Test
  void shouldUseTheServiceAccountOfItsPodAndFollowItsToken(@TempDir Path directory)
      throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("api"));
        KubernetesClient admin = server.client();
        TestNetwork network = new TestNetwork("pod", "a")) {
      ClusterObjects objects = new ClusterObjects(admin, "retina").namespace(Map.of(), Map.of());
      Rights.grant(admin, Helm.CHART.resolve("rbac/agent.yaml"), "retina", ACCOUNT);
      Path account = Files.createDirectory(directory.resolve("account"));
      Files.copy(server.authority(), account.resolve("ca.crt"));
      Files.writeString(account.resolve("namespace"), "retina");
      String brief = server.token("retina", ACCOUNT, Duration.ofSeconds(20));
      replace(account, brief);
      AgentSettings settings = new AgentSettings(directory, network);
      try (AgentProcess agent =
          new AgentProcess(
                  asInAPod(server, account, directory),
                  settings.port(),
                  "--retina.node-name=pod-node",
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.plugins=linuxutil")
              .awaitReady()) {
        agent.await("the watch of pods", () -> isUp(agent));
        objects.pod("first", "first", "pod-node", false);
        objects.run("first", "10.9.8.1");
        agent.await("a pod", () -> pods(agent) == 1);

        Path withBrief = server.kubeconfigWithToken(brief);
        agent.await("the end of the token", () -> isRefused(server, withBrief));
        server.kill(); // ends the watches, and what it remembers of the token
        server.start();
        agent.await("a refusal", () -> failures(agent, "forbidden") > 0 && !isUp(agent));
        assertThat(pods(agent)).as("the last state serves").isEqualTo(1);
        assertThat(agent.health()).isEqualTo("DEGRADED");

        replace(account, server.token("retina", ACCOUNT, Duration.ofHours(1)));
        objects.pod("second", "second", "pod-node", false);
        objects.run("second", "10.9.8.2");
        agent.await("the pod that came meanwhile", () -> pods(agent) == 2);
      }
    }
  }

  private static boolean isUp(AgentProcess agent) {
    return agent.metric("retina_agent_kubernetes_watch_up{resource=\"pods\"}") == 1;
  }

  private static boolean isRefused(ApiServer server, Path kubeconfig) {
    try (KubernetesClient other = server.client(kubeconfig)) {
      other.namespaces().list();
      return false;
    } catch (KubernetesClientException e) {
      return e.getCode() == 401;
    }
  }

  private static double pods(AgentProcess agent) {
    return agent.metric("retina_agent_context_objects{kind=\"pod\"}");
  }

  private static double failures(AgentProcess agent, String cause) {
    return agent.metric(
        "retina_agent_kubernetes_failures_total{cause=\"" + cause + "\",resource=\"pods\"}");
  }

  /** As kubelet does: another file takes the name. */
  private static void replace(Path account, String token) throws IOException {
    Path next = Files.writeString(account.resolve("token.new"), token);
    Files.move(next, account.resolve("token"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** In a mount namespace whose service account's directory leads to ours. */
  private static List<String> asInAPod(ApiServer server, Path account, Path home) {
    URI url = URI.create(server.url());
    return List.of(
        "unshare",
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io &&"
            + " ln -s \"$1\" /run/secrets/kubernetes.io/serviceaccount && shift && exec \"$@\"",
        "sh",
        account.toString(),
        "env",
        "HOME=" + home,
        "KUBERNETES_SERVICE_HOST=" + url.getHost(),
        "KUBERNETES_SERVICE_PORT=" + url.getPort());
  }
}
