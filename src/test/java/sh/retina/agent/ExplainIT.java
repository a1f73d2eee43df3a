package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.WholeMachine;
import sh.retina.cli.Said;
import sh.retina.kubernetes.ApiServer;
import sh.retina.kubernetes.ClusterObjects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code retina explain} against a real agent on the real kernel and a real API server: what is
 * broken on purpose is named first. docs/explain.md lists the faults.
 */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@WholeMachine
class ExplainIT {
  static final String NODE = "explain-node";
  static final String NAMESPACE = "explain";
  private static final String CLIENT = NAMESPACE + "/client";
  private static final long PATIENCE_NS = 12_000_000_000L;

  private FaultNetwork network;
  private ApiServer server;
  private KubernetesClient client;
  private RunningAgent agent;
  private FaultObjects objects;

  @BeforeAll
  void start(@TempDir Path directory) {
    server = ApiServer.start(directory.resolve("api"));
    client = server.client();
    network = new FaultNetwork();
    ClusterObjects made = new ClusterObjects(client, NAMESPACE).namespace(Map.of(), Map.of());
    made.node(NODE, "zone-a", "192.0.2.61");
    for (String pod : List.of("client", "server")) {
      made.pod(pod, pod, NODE, false);
      made.run(pod, network.pods.ip4(pod), network.pods.ip6(pod));
    }
    objects = new FaultObjects(client, made);
    agent =
        new RunningAgent(
            List.of(
                "agent",
                "--retina.http.port=0",
                "--retina.node-name=" + NODE,
                "--retina.network-namespace=" + network.pods.nodeNamespace(),
                "--retina.kubernetes.kubeconfig=" + server.kubeconfig(),
                "--retina.journal.directory=" + directory.resolve("journal"),
                "--retina.report-interval=1s",
                "--retina.plugins=packetparser,dropreason,dns,tcpretrans,tcplife"));
    network.traffic("client", "udp-count", network.server(), "6999", "1", "64");
    agent.scrapeUntil(
        scrape ->
            RunningAgent.sum(
                    scrape, "retina_agent_events_total", "packetparser", "stage=\"aggregated\"")
                > 0,
        () -> "the first packet");
  }

  static List<Fault> faults() {
    List<Fault> all = new ArrayList<>(NetworkFaults.all());
    all.addAll(ClusterFaults.all());
    return all;
  }

  @Test
  void shouldKnowAtLeastTwentyFaults() {
    assertThat(faults())
        .hasSizeGreaterThanOrEqualTo(20)
        .extracting(Fault::name)
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void shouldNameTheRightCauseFirst(Fault fault) {
    JsonNode diagnosis;
    try (Fault.Undo _ = fault.setup().apply(network, objects)) {
      diagnosis = await(fault.question(), fault.expected());
    }

    assertThat(first(diagnosis)).as("%s", diagnosis.toPrettyString()).isEqualTo(fault.expected());
    assertThat(diagnosis.path("answer").asString()).isEqualTo("DOES_NOT_WORK");
    assertThat(diagnosis.path("findings").get(0).path("proofs").size()).as("proofs").isPositive();
  }

  @Test
  void shouldSayThatItWorksAndHowFast() {
    Process serve = network.serve("server", "tcp-serve", 7101);
    try {
      network.traffic("client", "tcp-churn", network.server(), "7101", "20", "1", "1");

      JsonNode diagnosis = await(List.of(CLIENT, NAMESPACE + "/server:7101"), "");
      assertThat(diagnosis.path("answer").asString())
          .as("%s", diagnosis.toPrettyString())
          .isEqualTo("WORKS");
      assertThat(diagnosis.path("sentence").asString()).contains("handshake in ");
    } finally {
      serve.destroyForcibly();
    }
  }

  @Test
  void shouldSayThatItCannotTellWhereNothingWasTried() {
    JsonNode diagnosis = explain(List.of(CLIENT, NAMESPACE + "/server:7102"));

    assertThat(diagnosis.path("answer").asString()).isEqualTo("CANNOT_TELL");
    assertThat(diagnosis.path("sentence").asString()).contains("sent nothing to");
  }

  /** The kernel frees what a blackhole route takes without a reason, and nobody watches beyond. */
  @Test
  void shouldSayThatItCannotTellWhereTheTraceEnds() {
    network.probe("198.18.92.5", 7007);
    List<String> question = List.of(CLIENT, "198.18.92.5:7007");
    JsonNode diagnosis = explain(question);
    for (int i = 0; i < 40 && !diagnosis.path("sentence").asString().contains("no answer"); i++) {
      LockSupport.parkNanos(300_000_000);
      diagnosis = explain(question);
    }

    assertThat(diagnosis.path("answer").asString()).isEqualTo("CANNOT_TELL");
    assertThat(diagnosis.path("sentence").asString()).contains("an attempt was seen, no answer");
  }

  @Test
  void shouldTellThePastFromTheJournal() {
    network.probe(network.server(), 7103);
    List<String> question = List.of(CLIENT, NAMESPACE + "/server:7103");
    assertThat(first(await(question, "CLOSED_PORT"))).isEqualTo("CLOSED_PORT");
    Instant broken = java.time.InstantSource.system().instant();
    Process serve = network.serve("server", "tcp-serve", 7103);
    try {
      network.traffic("client", "tcp-churn", network.server(), "7103", "10", "1", "1");
      assertThat(await(question, "").path("answer").asString()).isEqualTo("WORKS");

      List<String> then = new ArrayList<>(question);
      then.addAll(List.of("--at", broken.toString()));
      assertThat(first(explain(then))).isEqualTo("CLOSED_PORT");
      assertThat(said(then, "text"))
          .contains("DOES NOT WORK: ", "cause: closed-port: ", "remedy: ");
      assertThat(said(then, "table"))
          .containsPattern("ANSWER +CAUSE +WHAT\ndoes-not-work +- ")
          .containsPattern("\n +closed-port ");
      assertThat(said(then, "wide")).containsPattern("ANSWER +CAUSE +WHAT +REMEDY\n");
      assertThat(said(then, "yaml"))
          .containsPattern("(?m)^answer: \"?DOES_NOT_WORK")
          .containsPattern("(?m)^ *-? *cause: \"?CLOSED_PORT");
    } finally {
      serve.destroyForcibly();
    }
  }

  /** Asks until the expected cause comes first, or works; the last answer. */
  private JsonNode await(List<String> question, String expected) {
    long end = System.nanoTime() + PATIENCE_NS;
    JsonNode diagnosis = explain(question);
    while (System.nanoTime() < end
        && !(expected.isEmpty()
            ? "WORKS".equals(diagnosis.path("answer").asString())
            : expected.equals(first(diagnosis)))) {
      LockSupport.parkNanos(300_000_000);
      diagnosis = explain(question);
    }
    return diagnosis;
  }

  private static String first(JsonNode diagnosis) {
    return diagnosis.path("findings").path(0).path("cause").asString("");
  }

  private JsonNode explain(List<String> question) {
    // The agent in this process logs to standard output too.
    String text = said(question, "json");
    return JsonMapper.shared()
        .readTree(text.substring(text.indexOf("{\n"), text.lastIndexOf('}') + 1));
  }

  private String said(List<String> question, String format) {
    List<String> words = new ArrayList<>(List.of("explain"));
    words.addAll(question);
    words.addAll(
        List.of(
            "--agent",
            "http://127.0.0.1:" + agent.port(),
            "--kubeconfig",
            server.kubeconfig().toString(),
            "-o",
            format));
    Said said = Said.of(words.toArray(String[]::new));
    assertThat(said.exitCode()).isLessThan(2);
    return said.output();
  }

  @AfterAll
  void stop() {
    if (agent != null) {
      agent.close();
    }
    if (network != null) {
      network.close();
    }
    if (client != null) {
      client.close();
      server.close();
    }
  }
}
