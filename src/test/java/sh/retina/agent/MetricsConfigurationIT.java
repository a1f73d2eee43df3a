package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.kubernetes.ClusterObjects;
import sh.retina.operator.OperatorCluster;
import sh.retina.operator.RunningOperator;

/**
 * MetricsConfigurations that a user applies with kubectl, judged by the operator, on a real API
 * server: which pods' real traffic a running agent looks at, and which series it makes of it.
 */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@WholeMachine
class MetricsConfigurationIT {
  private static final String NODE = "metrics-node";
  private static final String SERIES = "retina_pod_packets_forwarded_total";
  private static final String FLAGS = "retina_pod_tcp_flags_total";
  private static final String DNS = "retina_pod_dns_request_total";
  private static final long PATIENCE_NS = 30_000_000_000L;
  private static final long WANTED_NS = 1_000_000_000L;
  private static final int ROUNDS = 5;

  private Path directory;
  private TestNetwork network;
  private PodTraffic traffic;
  private OperatorCluster cluster;
  private RunningOperator operator;
  private int port = 7_000;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    cluster = OperatorCluster.start(directory);
    operator = cluster.operator("--retina.operator.retina-endpoints=false");
    network = new TestNetwork("metrics", 50, "shop-1", "shop-2", "web-1", "web-2");
    traffic = new PodTraffic(network);
    for (String namespace : List.of("shop", "web")) {
      ClusterObjects objects =
          new ClusterObjects(cluster.client(), namespace).namespace(Map.of(), Map.of());
      for (String pod : List.of(namespace + "-1", namespace + "-2")) {
        objects.pod(pod, "app-" + namespace, NODE, false);
        objects.run(pod, network.ip4(pod), network.ip6(pod));
      }
    }
  }

  @AfterEach
  void deleteAll() {
    cluster.server().kubectl("delete", "metricsconfigurations", "--all");
    annotate("shop", "retina.sh-");
  }

  @AfterAll
  void stop() {
    if (network != null) {
      network.close();
    }
    if (operator != null) {
      operator.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void shouldMakeTheSeriesThatAreAskedForWhileItRuns() throws IOException {
    try (RunningAgent agent = agent("metrics-configurations")) {
      send(10);
      awaitPackets(agent, 10, "podname=\"shop-1\"");
      awaitPackets(agent, 10, "podname=\"web-1\"");

      apply(
          "chosen",
          "include: [shop]",
          "{metricName: forward_count, sourceLabels: [IP, namespace], maxSeries: 2,"
              + " additionalLabels: [podlabel/app]}");
      awaitNames(agent, "namespace=\"shop\"", "label_app=\"app-shop\"");
      send(20);
      Map<String, Double> scrape =
          awaitPackets(agent, 20, "namespace=\"shop\"", "ip=\"" + network.ip4("shop-1") + "\"");
      assertThat(scrape.keySet())
          .noneMatch(name -> name.startsWith(SERIES) && has(name, "podname"));
      assertThat(RunningAgent.sum(scrape, SERIES, "namespace=\"web\"")).isZero();
      agent.scrapeUntil(
          s -> RunningAgent.sum(s, SERIES, "ip=\"overflow\"") > 0,
          () -> "what came after the budget of one row");

      // Another object, with what the first one leaves out; series of the first go on.
      apply("flags", "include: [web]", "{metricName: tcp_flag_gauges, ttl: 1s}");
      agent.scrapeUntil(
          s -> {
            traffic.tcp("web-1", "web-2", network.ip4("web-2"), port++, 100);
            return RunningAgent.sum(s, FLAGS, "podname=\"web-1\"", "flag=\"SYN\"") > 0;
          },
          () -> "flags of web");
      assertThat(RunningAgent.sum(agent.scrape(), SERIES, "namespace=\"shop\""))
          .isGreaterThanOrEqualTo(20);
      agent.scrapeUntil(
          s -> s.keySet().stream().noneMatch(name -> name.startsWith(FLAGS)),
          () -> "series of flags that go after a second without news");

      // What the operator refuses changes nothing.
      write("flags", "include: [web]", "{metricName: forward_count}");
      awaitState("flags", "Errored");
      assertThat(RunningAgent.sum(agent.scrape(), SERIES, "namespace=\"shop\"")).isPositive();

      cluster.server().kubectl("delete", "metricsconfigurations", "--all");
      agent.scrapeUntil(
          s -> {
            send(1);
            return RunningAgent.sum(s, SERIES, "podname=\"web-1\"") > 0
                && RunningAgent.sum(s, SERIES, "podname=\"shop-1\"") > 0;
          },
          () -> "series as the configuration has them");
      assertThat(agent.scrape().keySet()).noneMatch(name -> name.startsWith(DNS));
    }
  }

  @Test
  void shouldLookAtWhatIsIncludedOrNotExcluded() throws IOException {
    try (RunningAgent agent = agent("metrics-configurations")) {
      apply("chosen", "include: [shop]", "{metricName: forward_count}");
      awaitOnly(agent, "shop", "web");

      apply("chosen", "exclude: [shop]", "{metricName: forward_count}");
      awaitOnly(agent, "web", "shop");
    }
  }

  @Test
  void shouldLookAtWhatEitherAnnotationsOrConfigurationsChooseWithinASecond() throws IOException {
    try (RunningAgent agent = agent("metrics-configurations,annotations")) {
      apply("chosen", "include: [web]", "{metricName: forward_count}");
      awaitOnly(agent, "web", "shop");

      long[] tookNs = new long[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        annotate("shop", "retina.sh=observe");
        long fromNs = System.nanoTime();
        for (boolean isSeen = false; !isSeen; ) {
          assertThat(System.nanoTime() - fromNs).isLessThan(PATIENCE_NS);
          traffic.udp("shop-1", network.ip6("shop-2"), ++port, 1, 64);
          tookNs[round] = System.nanoTime() - fromNs;
          isSeen = packets(agent, port) > 0;
        }
        traffic.udp("web-1", network.ip4("web-2"), ++port, 1, 64);
        awaitFlow(agent, port);
        annotate("shop", "retina.sh-");
        awaitOnly(agent, "web", "shop");
      }
      Arrays.sort(tookNs);
      System.getLogger(MetricsConfigurationIT.class.getName())
          .log(
              System.Logger.Level.INFO,
              "looked at after ms: median {0}, max {1}",
              tookNs[ROUNDS / 2] / 1_000_000,
              tookNs[ROUNDS - 1] / 1_000_000);
      assertThat(tookNs[ROUNDS / 2]).as("ns from the annotation on").isLessThan(WANTED_NS);
    }
  }

  private RunningAgent agent(String selectBy) throws IOException {
    return new RunningAgent(
        List.of(
            "agent",
            "--retina.http.port=0",
            "--retina.node-name=" + NODE,
            "--retina.network-namespace=" + network.nodeNamespace(),
            "--retina.kubernetes.kubeconfig=" + cluster.server().kubeconfig(),
            "--retina.kubernetes.select-by=" + selectBy,
            "--retina.journal.directory=" + Files.createTempDirectory(directory, "journal"),
            "--retina.pod-level.enabled=true",
            "--retina.report-interval=1s",
            "--retina.plugins=packetparser"));
  }

  /** From the first pod of each namespace to the second. */
  private void send(int count) {
    for (String namespace : List.of("shop", "web")) {
      traffic.udp(namespace + "-1", network.ip4(namespace + "-2"), ++port, count, 64);
    }
  }

  private void write(String name, String namespaces, String metric) throws IOException {
    cluster.apply(
        """
        apiVersion: retina.sh/v1alpha1
        kind: MetricsConfiguration
        metadata: {name: %s}
        spec:
          contextOptions:
          - %s
          namespaces: {%s}
        """
            .formatted(name, metric, namespaces));
  }

  private void apply(String name, String namespaces, String metric) throws IOException {
    write(name, namespaces, metric);
    awaitState(name, "Accepted");
  }

  private void awaitState(String name, String state) {
    cluster.awaitState("metricsconfiguration/" + name, state);
  }

  private void annotate(String namespace, String annotation) {
    cluster.server().kubectl("annotate", "namespace", namespace, "--overwrite", annotation);
  }

  private Map<String, Double> awaitPackets(RunningAgent agent, int count, String... labels) {
    return agent.scrapeUntil(
        scrape -> RunningAgent.sum(scrape, SERIES, labels) >= count,
        () -> count + " packets of " + Arrays.toString(labels));
  }

  /** Sends until a series has these labels, as what is asked for comes into force. */
  private void awaitNames(RunningAgent agent, String... labels) {
    agent.scrapeUntil(
        scrape -> {
          traffic.udp("shop-1", network.ip4("shop-2"), ++port, 1, 64);
          return RunningAgent.sum(scrape, SERIES, labels) > 0;
        },
        () -> "series with " + Arrays.toString(labels));
  }

  private static boolean has(String series, String label) {
    return series.contains("{" + label + "=") || series.contains("," + label + "=");
  }

  /** Sends until packets within one namespace are seen, and those within the other no more. */
  private void awaitOnly(RunningAgent agent, String seen, String unseen) {
    long endNs = System.nanoTime() + PATIENCE_NS;
    while (true) {
      assertThat(System.nanoTime()).as("not only %s is looked at", seen).isLessThan(endNs);
      int first = ++port;
      // What is not to be seen goes first: once the other shows, it is known not to.
      traffic.udp(unseen + "-1", network.ip4(unseen + "-2"), first, 1, 64);
      traffic.udp(unseen + "-1", network.ip6(unseen + "-2"), first, 1, 64);
      traffic.udp(seen + "-1", network.ip4(seen + "-2"), ++port, 1, 64);
      traffic.udp(seen + "-1", network.ip6(seen + "-2"), port, 1, 64);
      long waitNs = System.nanoTime() + WANTED_NS;
      while (packets(agent, port) < 2 && System.nanoTime() < waitNs) {
        LockSupport.parkNanos(20_000_000);
      }
      if (packets(agent, port) == 2 && packets(agent, first) == 0) {
        return;
      }
    }
  }

  private static void awaitFlow(RunningAgent agent, int toPort) {
    agent.scrapeUntil(_ -> packets(agent, toPort) > 0, () -> "a flow to port " + toPort);
  }

  private static long packets(RunningAgent agent, int toPort) {
    return FlowSums.of(agent, "to-port=" + toPort).at("FROM_ENDPOINT").packets();
  }
}
