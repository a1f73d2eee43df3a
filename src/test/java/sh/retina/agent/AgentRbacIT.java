package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.helm.Helm;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.kubernetes.Rights;

/**
 * An agent that uses all that it can of a cluster does so with the rights of the chart, and uses
 * each of them.
 */
@RequiresKernel
class AgentRbacIT {
  private static final String NAMESPACE = "retina";
  private static final String ACCOUNT = "retina-agent";
  private static final List<String> WATCHED =
      List.of(
          "nodes",
          "namespaces",
          "services",
          "endpointslices",
          "pods",
          "retinaendpoints",
          "metricsconfigurations",
          "tracesconfigurations");

  @Test
  void shouldHaveTheRightsThatItUsesAndNoOthers(@TempDir Path directory) throws Exception {
    try (ApiServer server = ApiServer.start(directory.resolve("api"), "--audit");
        KubernetesClient admin = server.client()) {
      Crds.install(admin);
      ClusterObjects objects = new ClusterObjects(admin, NAMESPACE).namespace(Map.of(), Map.of());
      Rights rights =
          Rights.grant(admin, Helm.CHART.resolve("rbac/agent.yaml"), NAMESPACE, ACCOUNT)
              .and(admin, Helm.CHART.resolve("rbac/agent-access.yaml"), NAMESPACE);
      TestAuthority authority = new TestAuthority(directory.resolve("tls"));
      String token = server.token(NAMESPACE, ACCOUNT, Duration.ofHours(1));
      try (RunningAgent agent =
          new RunningAgent(
              List.of(
                  "agent",
                  "--retina.http.port=0",
                  "--retina.node-name=rights-node",
                  "--retina.kubernetes.kubeconfig=" + server.kubeconfigWithToken(token),
                  "--retina.kubernetes.select-by=annotations,metrics-configurations",
                  "--retina.kubernetes.remote-pods=retinaendpoints",
                  "--retina.pod-level.enabled=true",
                  "--retina.pod-level.context=remote",
                  "--retina.http.access=kubernetes",
                  "--retina.http.tls.certificate=" + authority.certificate(),
                  "--retina.http.tls.key=" + authority.key(),
                  "--retina.control-plane=hubble",
                  "--retina.hubble.listen-address=127.0.0.1:0",
                  "--retina.hubble.socket-path=",
                  "--retina.journal.directory=" + directory.resolve("journal"),
                  "--retina.plugins=linuxutil"))) {
        for (String resource : WATCHED) {
          agent.scrapeUntil(
              scrape ->
                  scrape.getOrDefault(
                          "retina_agent_kubernetes_watch_up{resource=\"" + resource + "\"}", 0.0)
                      == 1,
              () -> "the watch of " + resource);
        }
        assertThat(authority.get(agent.port(), "/flows", token).statusCode())
            .as("an account that is known and may not")
            .isEqualTo(403);
        objects.pod("told", "told", "rights-node", false);
        objects.run("told", "10.9.8.1");
        agent.scrapeUntil(
            scrape -> scrape.getOrDefault("retina_agent_context_objects{kind=\"pod\"}", 0.0) == 1,
            () -> "a pod that came after the lists");
      }

      rights.assertAllUsedAndNoOther(server.auditLog());
    }
  }
}
