package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.crd.Crds;
import sh.retina.documentation.Block;
import sh.retina.documentation.Terminal;
import sh.retina.helm.Helm;
import sh.retina.helm.Rendered;
import sh.retina.job.Nodes;
import sh.retina.job.TestKubelet;
import sh.retina.kubernetes.ApiServer;

/**
 * The commands of the pages that can run here, as they stand there and in that order, against a
 * running agent and a real API server; and the files that pages show. Blocks that are marked
 * otherwise are left out: {@code DocumentedCommandsTest} looks at their words. There is no
 * controller and no kubelet: the test says in their place that the pods are there.
 */
@RequiresKernel
class DocumentedCommandsIT {
  private static final Path PROJECT =
      Path.of(System.getProperty("build.basedir", "")).toAbsolutePath();
  private static final String NODE = "node-1";
  private static final int INTERRUPTED = 130;
  private static final int ENDLESS = 28; // curl, when its time is over

  @TempDir private Path directory;

  @Test
  void shouldDoWhatThePagesSay() throws Exception {
    Helm helm = Helm.find();
    String kubectl = ApiServer.kubectlProgram();
    List<String> faults = new ArrayList<>();
    try (TestNetwork network = new TestNetwork("docs", "a", "b")) {
      AgentSettings settings =
          new AgentSettings(Files.createDirectory(directory.resolve("agent")), network);
      try (AgentProcess agent = agent(network, settings);
          ApiServer server = ApiServer.start(directory.resolve("server"));
          KubernetesClient admin = server.client();
          TestKubelet _ = cluster(server, admin, settings.port())) {
        agent.awaitReady();
        new PodTraffic(network).udp("a", network.ip4("b"), 5001, 10, 100); // nobody listens
        agent.await("drops", () -> agent.metric("retina_packets_dropped_total") > 0);
        Terminal terminal = terminal(server, helm, kubectl);

        for (Block block : Block.all(PROJECT)) {
          if (block.isRunHere()) {
            for (String line : block.commands()) {
              String asked = line.replaceAll("1009[34]", "" + settings.port());
              rollOut(admin, asked);
              check(block, line, terminal.run(asked), faults);
            }
          } else if (block.language().equals("yaml")) {
            checkFile(block, helm, admin, faults);
          }
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  private static AgentProcess agent(TestNetwork network, AgentSettings settings) {
    return new AgentProcess(
        List.of(),
        settings.port(),
        settings.with(
            "--retina.network-namespace=" + network.nodeNamespace(),
            "--retina.plugins=packetparser,dropreason,dns"));
  }

  private Terminal terminal(ApiServer server, Helm helm, String kubectl) throws IOException {
    Path program = Path.of(System.getProperty("build.program", Program.jar().toString()));
    Path cache = program.resolveSibling("retina-cli.aot");
    return new Terminal(
        PROJECT,
        Files.createDirectory(directory.resolve("home")),
        server.kubeconfig(),
        Map.of("kubectl", kubectl, "helm", helm.program()),
        program,
        Files.exists(cache) ? "-XX:AOTCache=" + cache + " -Xlog:aot=off -Xlog:cds=off" : "");
  }

  /** What the pages speak of: an agent's pod, a client, a Service. */
  private TestKubelet cluster(ApiServer server, KubernetesClient admin, int port) throws Exception {
    Crds.install(admin);
    for (String namespace : List.of("retina", "shop")) {
      Nodes.namespace(admin, namespace, Map.of());
    }
    server.kubeconfigWithCertificate(NODE, "system:nodes", Duration.ofHours(1));
    Path pki = directory.resolve("server/pki");
    TestKubelet kubelet =
        new TestKubelet(admin, NODE, pki.resolve(NODE + ".crt"), pki.resolve(NODE + ".key"));
    Map<String, String> labels = Map.of("k8s-app", "retina");
    Nodes.pod(admin, "shop", "web", Map.of("app", "web"), NODE, "10.0.0.7");
    admin
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName("db")
                .withNamespace("shop")
                .endMetadata()
                .withNewSpec()
                .withSelector(Map.of("app", "db"))
                .addNewPort()
                .withPort(5432)
                .endPort()
                .endSpec()
                .build())
        .create();
    admin
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("retina-agent")
                .withNamespace("retina")
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNodeName(NODE)
                .addNewContainer()
                .withName("retina")
                .withImage("none.invalid/none")
                .withPorts(
                    new ContainerPortBuilder().withName("http").withContainerPort(port).build())
                .endContainer()
                .endSpec()
                .build())
        .create();
    String address = TestAuthority.machineAddress();
    admin
        .pods()
        .inNamespace("retina")
        .withName("retina-agent")
        .editStatus(pod ->
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address)
                .endStatus()
                .build());
    return kubelet;
  }

  /** In the place of controller and kubelet. */
  private static void rollOut(KubernetesClient admin, String line) {
    var agents = admin.apps().daemonSets().inNamespace("retina").withName("retina-agent");
    if (line.contains("rollout status") && agents.get() != null) {
      agents.editStatus(set ->
          new DaemonSetBuilder(set)
              .withNewStatus()
              .withObservedGeneration(set.getMetadata().getGeneration())
              .withDesiredNumberScheduled(1)
              .withCurrentNumberScheduled(1)
              .withUpdatedNumberScheduled(1)
              .withNumberAvailable(1)
              .withNumberReady(1)
              .withNumberMisscheduled(0)
              .endStatus()
              .build());
    }
  }

  private static void check(Block block, String line, Terminal.Answer answer, List<String> faults) {
    boolean isWell =
        switch (answer.code()) {
          case 0 -> true;
          case 1 -> line.contains("retina explain") && answer.text().contains("CANNOT TELL");
          case ENDLESS -> line.startsWith("curl -N") && answer.text().contains(":flows\n");
          case INTERRUPTED -> line.contains(" -f");
          default -> false;
        };
    if (!isWell) {
      faults.add(block.place() + ": " + line + ": " + answer);
    }
  }

  /** By its first key; the others are read by tests of their own. */
  private void checkFile(Block block, Helm helm, KubernetesClient admin, List<String> faults)
      throws IOException {
    Path file = Files.writeString(directory.resolve("shown.yaml"), block.text());
    String key = block.text().replaceFirst("(?s):.*", "");
    try {
      switch (key) {
        case "retina" ->
            assertThat(ConfigRole.run(new String[] {"config", "validate", file.toString()}))
                .isZero();
        case "endpoints" -> assertThat(ContextFile.read(file)).isNotEmpty();
        case "config", "resources", "operator" ->
            assertThat(Rendered.of(helm, "--values", "" + file).objects()).isNotEmpty();
        case "apiVersion" -> assertThat(admin.resource(block.text()).dryRun().create()).isNotNull();
        default -> assertThat(key).isIn("metrics", "flowLogs", "scrape_configs");
      }
    } catch (RuntimeException | AssertionError e) {
      faults.add(block.place() + ": " + e);
    }
  }
}
