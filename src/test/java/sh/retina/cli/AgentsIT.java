package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import sh.retina.job.Accounts;
import sh.retina.job.Nodes;
import sh.retina.job.TestKubelet;
import sh.retina.kubernetes.ApiServer;

/** Agents are reached through a real API server, with the rights of who calls. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AgentsIT {
  private static final String NAMESPACE = "cli-agents";
  private static final String NODE = "cli-agents-node";
  private static final String FLOW =
      "event:flow\ndata:{\"verdict\":\"DROPPED\",\"node_name\":\"n1\",\"Summary\":\"one\"}";
  private static final String DETAILS =
      "{\"components\":{\"plugins\":{\"details\":{\"dns\":\"Failed[reason=no BTF]\"}}}}";

  private ApiServer server;
  private KubernetesClient admin;
  private TestKubelet kubelet;
  private ScriptedAgent agent;

  @BeforeAll
  void start() throws Exception {
    server = ApiServer.shared();
    admin = server.client();
    Nodes.namespace(admin, NAMESPACE, Map.of());
    Path pki = server.authority();
    server.kubeconfigWithCertificate(NODE, "system:nodes", Duration.ofHours(1));
    kubelet =
        new TestKubelet(
            admin, NODE, pki.resolveSibling(NODE + ".crt"), pki.resolveSibling(NODE + ".key"));
    agent =
        new ScriptedAgent()
            .scrapes(
                "retina_agent_version{control_plane=\"both\",version=\"1.2.3\"} 1.0\n"
                    + "retina_agent_plugin_status{plugin=\"dns\",status=\"failed\"} 1.0\n")
            .details(DETAILS)
            .flows(FLOW);
    podOfTheAgent();
    Accounts.grant(
        admin,
        NAMESPACE,
        "everything",
        Accounts.rule("pods", "list"),
        Accounts.rule("pods/proxy", "get"),
        forward());
    Accounts.grant(
        admin,
        NAMESPACE,
        "flows",
        Accounts.rule("pods", "list"),
        Accounts.rule("pods/portforward", "get"));
    Accounts.grant(admin, NAMESPACE, "list", Accounts.rule("pods", "list"));
  }

  /** The API server connects to no loopback address. */
  private static String address() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(one -> one instanceof Inet4Address)
        .filter(one -> !one.isLoopbackAddress() && !one.isLinkLocalAddress())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no interface but loopback has an address"))
        .getHostAddress();
  }

  private void podOfTheAgent() throws Exception {
    String address = address();
    admin
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName("agent")
                .addToLabels("k8s-app", "retina")
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewContainer()
                .withName("agent")
                .withImage("registry.test/retina:1")
                .addNewPort()
                .withName("http")
                .withContainerPort(agent.port())
                .endPort()
                .endContainer()
                .endSpec()
                .build())
        .create();
    admin
        .pods()
        .inNamespace(NAMESPACE)
        .withName("agent")
        .editStatus(pod ->
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address)
                .withPodIPs(List.of(new PodIP(address)))
                .endStatus()
                .build());
  }

  /** A web socket begins with a GET; newer API servers want create, as for kubectl. */
  private static PolicyRule forward() {
    return Accounts.rule("pods/portforward", "get", "create");
  }

  private Said as(String account, String... words) {
    Path kubeconfig =
        server.kubeconfigWithToken(server.token(NAMESPACE, account, Duration.ofHours(1)));
    String[] all = Arrays.copyOf(words, words.length + 4);
    System.arraycopy(
        new String[] {"--kubeconfig", kubeconfig.toString(), "--agent-namespace", NAMESPACE},
        0,
        all,
        words.length,
        4);
    return Said.of(all);
  }

  @Test
  void shouldReadNumbersByThePodProxyAndReasonsByAPortForward() {
    Said said = as("everything", "status");

    assertThat(said.output()).as(said.errors()).contains(NODE + "  1.2.3", "dns=failed");
    assertThat(said.errors()).contains(NODE + ": dns failed: no BTF");
    assertThat(said.exitCode()).isEqualTo(1);
  }

  @Test
  void shouldReadFlowsByAPortForward() {
    Said said = as("flows", "observe", "--last=1", "--node=" + NODE);

    assertThat(said.errors()).isEmpty();
    assertThat(said.output()).contains("[n1]", "DROPPED (one)");
    assertThat(said.exitCode()).isZero();
    assertThat(as("flows", "trace", "--no-follow").output()).contains("DROPPED (one)");
  }

  @Test
  void shouldSayWhichRightIsMissing() {
    assertThat(as("list", "status").errors()).contains("cannot get resource \"pods/proxy\"");
    assertThat(as("list", "observe"))
        .satisfies(said -> assertThat(said.exitCode()).isEqualTo(1))
        .satisfies(said ->
            assertThat(said.errors())
                .contains("you may not get and create pods/portforward in namespace " + NAMESPACE));
    assertThat(as("nobody", "status").errors()).contains("pods cannot be listed", "cannot list");
    assertThat(as("list", "status", "--node=nosuch").errors())
        .contains("no agent on node nosuch in namespace " + NAMESPACE);
  }

  @AfterAll
  void stop() {
    if (agent != null) {
      agent.close();
      kubelet.close();
    }
    if (admin != null) {
      admin.namespaces().withName(NAMESPACE).delete();
      admin.close();
    }
  }
}
