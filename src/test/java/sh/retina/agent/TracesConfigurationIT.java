package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.export.flowlog.LogCollector;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.operator.OperatorCluster;
import sh.retina.operator.RunningOperator;
import tools.jackson.databind.JsonNode;

/**
 * TracesConfigurations by kubectl on a real API server, an operator that judges them, and an agent
 * that exports what they want of real traffic.
 */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TracesConfigurationIT {
  private static final String NODE = "traces-node";
  private static final long PATIENCE_NS = 30_000_000_000L;
  private static final int PORT = 7_001;

  private Path directory;
  private TestNetwork network;
  private PodTraffic traffic;
  private OperatorCluster cluster;
  private RunningOperator operator;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    cluster = OperatorCluster.start(directory);
    operator = cluster.operator("--retina.operator.retina-endpoints=false");
    network = new TestNetwork("traces", 40, "shop-1", "shop-2", "web-1");
    traffic = new PodTraffic(network);
    for (String namespace : List.of("shop", "web")) {
      ClusterObjects objects =
          new ClusterObjects(cluster.client(), namespace)
              .namespace(Map.of("team", namespace), Map.of());
      for (String pod : List.of(namespace + "-1", namespace + "-2")) {
        if (!pod.equals("web-2")) {
          objects.pod(pod, "app-" + pod, NODE, false);
          objects.run(pod, network.ip4(pod), network.ip6(pod));
        }
      }
    }
  }

  @AfterAll
  void stop() {
    if (operator != null) {
      operator.close();
    }
    if (network != null) {
      network.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private List<String> settings(String name) throws IOException {
    return new ArrayList<>(
        List.of(
            "--retina.node-name=" + NODE,
            "--retina.network-namespace=" + network.nodeNamespace(),
            "--retina.kubernetes.kubeconfig=" + cluster.server().kubeconfig(),
            "--retina.journal.directory="
                + Files.createDirectories(directory.resolve(name)).resolve("journal"),
            "--retina.report-interval=1s",
            "--retina.plugins=packetparser",
            "--retina.control-plane=hubble",
            "--retina.hubble.listen-address=127.0.0.1:0",
            "--retina.hubble.socket-path="));
  }

  private void apply(String name, String level, String target, String destination, String url)
      throws IOException {
    cluster.apply(
        """
        apiVersion: retina.sh/v1alpha1
        kind: TracesConfiguration
        metadata: {name: %s}
        spec:
          traceConfiguration:
          - captureLevel: %s
            traceTargets: [%s]
          outputConfiguration: {destination: %s, connectionConfiguration: '%s'}
        """
            .formatted(name, level, target, destination, url));
  }

  private void awaitState(String name, String state) {
    cluster.awaitState("tracesconfiguration/" + name, state);
  }

  private static void await(String what, BooleanSupplier condition) {
    long endNs = System.nanoTime() + PATIENCE_NS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(endNs);
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static int port(JsonNode flow) {
    return flow.path("l4").path("UDP").path("destination_port").asInt(0);
  }

  private static String source(JsonNode flow) {
    return flow.path("source").path("pod_name").asString("");
  }

  @Test
  void shouldExportWhatIsAskedForAndNothingElse() throws IOException {
    List<String> words = new ArrayList<>(List.of("agent", "--retina.http.port=0"));
    words.addAll(settings("collector"));
    try (LogCollector collector = new LogCollector();
        RunningAgent agent = new RunningAgent(words)) {
      apply(
          "shop",
          "AllPackets",
          """
          {from: {namespaceSelector: {matchLabels: {team: shop}}}, \
          to: {ipBlock: {cidr: 198.18.80.0/24, except: [%s/32]}}, \
          ports: [{port: %d, protocol: UDP, endPort: %d}], tracePoints: [PodToNode]}\
          """
              .formatted(network.ip4("web-1"), PORT, PORT + 1),
          "opentelemetry",
          collector.url());
      awaitState("shop", "Accepted");
      await(
          "the first flow",
          () -> {
            traffic.udp("shop-1", network.ip4("shop-2"), PORT, 1, 64);
            return !collector.flows().isEmpty();
          });

      traffic.udp("shop-1", network.ip4("shop-2"), PORT + 2, 1, 64); // another port
      traffic.udp("shop-1", network.ip4("web-1"), PORT, 1, 64); // left out
      traffic.udp("web-1", network.ip4("shop-1"), PORT, 1, 64); // another namespace
      traffic.udp("shop-1", network.ip4("shop-2"), PORT + 1, 1, 64);
      await("the last flow", () -> collector.flows().stream().anyMatch(f -> port(f) == PORT + 1));
      assertThat(collector.flows())
          .allSatisfy(flow -> {
            assertThat(source(flow)).isEqualTo("shop-1");
            assertThat(port(flow)).isBetween(PORT, PORT + 1);
            assertThat(flow.path("destination").path("pod_name").asString()).isEqualTo("shop-2");
            assertThat(flow.path("trace_observation_point").asString()).isEqualTo("FROM_ENDPOINT");
            assertThat(flow.path("interface").path("name").asString()).isEqualTo("v-shop-1");
          });

      // What the operator refuses leaves what is exported as it was.
      apply("shop", "AllPackets", "{to: {nodeSelector: {matchLabels: {a: b}}}}", "stdout", "");
      awaitState("shop", "Errored");
      assertThat(
              cluster
                  .server()
                  .kubectl("get", "tracesconfiguration/shop", "-o", "jsonpath={.status.reason}"))
          .contains("nodeSelector with labels is not supported");
      int before = collector.flows().size();
      await(
          "flows as before",
          () -> {
            traffic.udp("shop-1", network.ip4("shop-2"), PORT, 1, 64);
            return collector.flows().size() > before;
          });

      // Another object, another way; then neither.
      apply(
          "web",
          "FirstPacket",
          "{from: {namespaceSelector: {}, podSelector: {matchLabels: {app: app-web-1}}}}",
          "opentelemetry",
          collector.url());
      awaitState("web", "Accepted");
      await(
          "flows of both",
          () -> {
            traffic.udp("web-1", network.ip4("shop-2"), PORT + 5, 3, 64);
            return collector.flows().stream().anyMatch(flow -> source(flow).equals("web-1"));
          });
      assertThat(collector.flows().stream().filter(flow -> source(flow).equals("web-1")))
          .allSatisfy(flow ->
              assertThat(FlowSums.extension(flow, "report_reason").asString()).isEqualTo("new"));
      cluster.server().kubectl("delete", "tracesconfigurations", "--all");
      int[] last = {-1};
      await(
          "an end",
          () -> {
            int seen = FlowSums.of(agent, "to-port=" + PORT).flows().size();
            traffic.udp("shop-1", network.ip4("shop-2"), PORT, 1, 64);
            agent.scrapeUntil(
                _ -> FlowSums.of(agent, "to-port=" + PORT).flows().size() > seen, () -> "a flow");
            LockSupport.parkNanos(1_500_000_000L); // longer than between two sendings
            boolean isQuiet = collector.flows().size() == last[0];
            last[0] = collector.flows().size();
            return isQuiet;
          });
    }
  }

  @Test
  void shouldWriteToStandardOutput() throws IOException {
    apply("out", "AllPackets", "{ports: [{port: 7777, protocol: UDP}]}", "stdout", "");
    awaitState("out", "Accepted");
    AgentSettings place = new AgentSettings(directory, network);
    try (AgentProcess agent =
        new AgentProcess(List.of(), place.port(), settings("out").toArray(String[]::new))
            .awaitReady()) {
      agent.await(
          "a line",
          () -> {
            traffic.udp("shop-1", network.ip4("shop-2"), 7777, 1, 64);
            return agent.saidSoFar().contains("\"destination_port\":7777");
          });
      assertThat(agent.saidSoFar().lines().filter(line -> line.startsWith("{\"flow\":")))
          .isNotEmpty()
          .allMatch(line -> line.endsWith("}") && line.contains("\"pod_name\":\"shop-1\""));
    } finally {
      cluster.server().kubectl("delete", "tracesconfigurations", "--all");
    }
  }

  @Test
  void shouldSayWhatIsNotSupported() throws IOException {
    Map<String, String[]> wrong =
        Map.of(
            "azure", new String[] {"{}", "azuretable", "x", "destination azuretable"},
            "grpc", new String[] {"{}", "opentelemetry", "c:4317", "http://HOST:4318/v1/logs"},
            "services",
                new String[] {
                  "{from: {serviceSelector: {matchLabels: {a: b}}}}", "stdout", "", "from.service"
                },
            "cidr",
                new String[] {
                  "{from: {ipBlock: {cidr: 10.0.0.0/33}}}", "stdout", "", "10.0.0.0/33"
                },
            "ports",
                new String[] {
                  "{ports: [{port: 1, endPort: 65535}]}", "stdout", "", "more than 1024"
                });
    for (var one : wrong.entrySet()) {
      String[] words = one.getValue();
      apply(one.getKey(), "AllPackets", words[0], words[1], words[2]);
      awaitState(one.getKey(), "Errored");
      assertThat(
              cluster
                  .server()
                  .kubectl(
                      "get",
                      "tracesconfiguration/" + one.getKey(),
                      "-o",
                      "jsonpath={.status.reason}"))
          .contains(words[3]);
    }
    cluster.server().kubectl("delete", "tracesconfigurations", "--all");
  }
}
