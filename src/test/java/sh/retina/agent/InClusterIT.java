package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
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
  void shouldFollowTheTokenAndTheAuthorityOfItsPod(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("api"));
        KubernetesClient admin = server.clientOfAny();
        TestNetwork network = new TestNetwork("pod", "a")) {
      ClusterObjects objects = new ClusterObjects(admin, "retina").namespace(Map.of(), Map.of());
      Rights.grant(admin, Helm.CHART.resolve("rbac/agent.yaml"), "retina", ACCOUNT);
      PodAccount account = PodAccount.make(directory, server, "retina", token(server));
      try (AgentProcess agent = inAPod(URI.create(server.url()), account, directory, network)) {
        agent.await("the watch of pods", () -> isUp(agent));
        run(objects, "first", "10.9.8.1");
        agent.await("a pod", () -> pods(agent) == 1);

        server.revokeTokens("retina", ACCOUNT);
        awaitRefusal(agent, "forbidden");
        assertThat(pods(agent)).as("the last state serves").isEqualTo(1);
        account.token(token(server));
        run(objects, "second", "10.9.8.2");
        agent.await("the pod that came meanwhile", () -> pods(agent) == 2 && isUp(agent));

        // Who signs for the API server is another one from now on; the kubelet says so in a file.
        Path other = server.serveByAnother(Duration.ofHours(1));
        server.restart();
        awaitRefusal(agent, "untrusted");
        assertThat(pods(agent)).as("the last state serves").isEqualTo(2);
        run(objects, "third", "10.9.8.3");
        account.authority(other);
        agent.await("the pod that came meanwhile", () -> pods(agent) == 3 && isUp(agent));
      }
    }
  }

  private static String token(ApiServer server) {
    return server.token("retina", ACCOUNT, Duration.ofHours(1));
  }

  private static void run(ClusterObjects objects, String pod, String address) {
    objects.pod(pod, pod, "pod-node", false);
    objects.run(pod, address);
  }

  private static void awaitRefusal(AgentProcess agent, String cause) {
    agent.await("a refusal", () -> failures(agent, cause) > 0 && !isUp(agent));
    assertThat(agent.health()).isEqualTo("DEGRADED");
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

  private static double pods(AgentProcess agent) {
    return agent.metric("retina_agent_context_objects{kind=\"pod\"}");
  }

  private static double failures(AgentProcess agent, String cause) {
    return agent.metric(
        "retina_agent_kubernetes_failures_total{cause=\"" + cause + "\",resource=\"pods\"}");
  }
}
