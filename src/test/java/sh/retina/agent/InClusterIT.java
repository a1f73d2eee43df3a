package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.kubernetes.PodAccount;
import sh.retina.kubernetes.Rights;

/**
 * The agent as a pod has it: the address of the API server in the environment, and a service
 * account's files in their place, which are replaced as a kubelet does.
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
      String brief = server.token("retina", ACCOUNT, Duration.ofSeconds(20));
      PodAccount account = PodAccount.make(directory, server, "retina", brief);
      try (AgentProcess agent = inAPod(URI.create(server.url()), account, directory, network)) {
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

        account.token(server.token("retina", ACCOUNT, Duration.ofHours(1)));
        objects.pod("second", "second", "pod-node", false);
        objects.run("second", "10.9.8.2");
        agent.await("the pod that came meanwhile", () -> pods(agent) == 2);
      }
    }
  }

  /** Who signs for the API server is another one from now on; the kubelet says so in a file. */
  @Test
  void shouldFollowTheAuthorityOfItsPod(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("api"));
        KubernetesClient admin = server.clientOfAny();
        TestNetwork network = new TestNetwork("ca", "a")) {
      ClusterObjects objects = new ClusterObjects(admin, "retina").namespace(Map.of(), Map.of());
      Rights.grant(admin, Helm.CHART.resolve("rbac/agent.yaml"), "retina", ACCOUNT);
      PodAccount account =
          PodAccount.make(
              directory, server, "retina", server.token("retina", ACCOUNT, Duration.ofHours(1)));
      try (AgentProcess agent = inAPod(URI.create(server.url()), account, directory, network)) {
        agent.await("the watch of pods", () -> isUp(agent));
        objects.pod("first", "first", "pod-node", false);
        objects.run("first", "10.9.8.1");
        agent.await("a pod", () -> pods(agent) == 1);

        Path other = server.serveByAnother(Duration.ofHours(1));
        agent.await("another certificate", () -> !server.isTrusted());
        server.kill(); // ends the sessions of TLS, which go on without another look at it
        server.start();
        agent.await("a refusal", () -> failures(agent, "untrusted") > 0 && !isUp(agent));
        assertThat(pods(agent)).as("the last state serves").isEqualTo(1);
        assertThat(agent.health()).isEqualTo("DEGRADED");

        objects.pod("second", "second", "pod-node", false);
        objects.run("second", "10.9.8.2");
        account.authority(other);
        agent.await("the pod that came meanwhile", () -> pods(agent) == 2 && isUp(agent));
      }
    }
  }

  private static AgentProcess inAPod(
      URI api, PodAccount account, Path directory, TestNetwork network) throws IOException {
    return new AgentProcess(
            account.before(api),
            new AgentSettings(directory, network).port(),
            "--retina.node-name=pod-node",
            "--retina.journal.directory=" + directory.resolve("journal"),
            "--retina.plugins=linuxutil")
        .awaitReady();
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
}
