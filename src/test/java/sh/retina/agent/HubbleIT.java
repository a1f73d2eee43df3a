package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import tools.jackson.databind.JsonNode;

/** The original Hubble command line and relay against the agent, with real traffic. */
@RequiresKernel
@EnabledIf(
    value = "sh.retina.agent.HubbleClients#areThere",
    disabledReason = "needs the original clients: bin/hubble-clients build")
@WholeMachine
class HubbleIT {
  private static final int PORT = 5001;

  @TempDir private Path directory;

  private final HubbleClients clients = HubbleClients.find();

  private RunningAgent agent(TestNetwork network) {
    return new RunningAgent(
        directory,
        network,
        "--retina.plugins=packetparser,dropreason,dns",
        "--retina.control-plane=hubble",
        "--retina.hubble.listen-address=127.0.0.1:0",
        "--retina.hubble.metrics=flow icmp drop:labelsContext=source_pod tcp:sourceContext=pod",
        "--retina.hubble.metrics-port=0",
        "--retina.hubble.export.file-path=" + directory.resolve("flows.log"),
        "--retina.hubble.export.denylist={\"protocol\":[\"tcp\"]}",
        "--retina.hubble.socket-path=" + socket());
  }

  private Path socket() {
    return directory.resolve("hubble.sock");
  }

  private String server() {
    return "unix://" + socket();
  }

  private List<JsonNode> observe(String... words) {
    HubbleClients.Answer answer =
        clients.hubble(
            server(),
            java.util.stream.Stream.concat(
                    java.util.stream.Stream.of("observe", "-o", "json"),
                    java.util.stream.Stream.of(words))
                .toArray(String[]::new));
    assertThat(answer.code()).as(answer.errors()).isZero();
    return answer.json().stream().map(line -> line.path("flow")).toList();
  }

  private static String pod(JsonNode flow, String side) {
    return flow.path(side).path("namespace").asString("")
        + "/"
        + flow.path(side).path("pod_name").asString("");
  }

  @Test
  void shouldServeTheOriginalCommandLine() throws InterruptedException {
    try (TestNetwork network = new TestNetwork("hubcli", "a", "b");
        RunningAgent agent = agent(network)) {
      PodTraffic traffic = new PodTraffic(network);
      traffic.udp("a", network.ip4("b"), PORT, 50, 64);
      traffic.tcp("a", "b", network.ip4("b"), PORT + 1, 100_000);
      traffic.ping("a", network.ip4("b"), 3);
      agent.scrapeUntil(
          scrape -> counted(scrape) && RunningAgent.sum(scrape, "retina_agent_events_total") > 0,
          () -> "the traffic");

      assertStatus();
      assertFilters(network);
      assertTexts(network);
      assertRefusals();
      assertMetrics(agent);
    }
    assertFile();
  }

  /** The command line reads the file as it reads a server. */
  private void assertFile() {
    HubbleClients.Answer answer =
        clients.hubble(
            server(),
            "observe",
            "--input-file",
            directory.resolve("flows.log").toString(),
            "-o",
            "json");
    assertThat(answer.code()).as(answer.errors()).isZero();
    assertThat(answer.json().stream().map(line -> line.path("flow")))
        .anyMatch(flow -> flow.path("l4").has("UDP") && pod(flow, "source").equals("test/a"))
        .noneMatch(flow -> flow.path("l4").has("TCP"));
  }

  /** As many as the command line shows of the same flows. */
  private void assertMetrics(RunningAgent agent) throws InterruptedException {
    String port = String.valueOf(agent.bean(HubblePlane.class).metricsPort());
    List<String> page = List.of();
    String pings = "none";
    for (int tries = 0;
        tries < 30 && !page.contains(pings);
        tries++) { // reports may be on their way
      TimeUnit.MILLISECONDS.sleep(tries * 50L);
      page = page("http://127.0.0.1:" + port + "/metrics");
      pings =
          "hubble_icmp_total{family=\"IPv4\",type=\"EchoRequest\"} "
              + observe("--all", "--protocol", "icmp", "--from-pod", "test/a").size();
    }

    assertThat(page)
        .contains(pings)
        .anyMatch(line -> line.startsWith("hubble_flows_processed_total{protocol=\"UDP\""))
        .anyMatch(line ->
            line.startsWith(
                "hubble_tcp_flags_total{family=\"IPv4\",flag=\"SYN\",source=\"test/a\"}"));
  }

  private static List<String> page(String address) {
    try (InputStream page = URI.create(address).toURL().openStream()) {
      return new String(page.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean counted(Map<String, Double> scrape) {
    return RunningAgent.sum(scrape, "retina_pod_packets_forwarded_total", "podname=\"a\"", "egress")
        >= 60;
  }

  private void assertStatus() {
    HubbleClients.Answer status = clients.hubble(server(), "status");
    assertThat(status.code()).as(status.errors()).isZero();
    assertThat(status.output()).contains("Healthcheck (via " + server() + "): Ok", "Current/Max");

    assertThat(clients.hubble(server(), "list", "nodes").output())
        .contains("test-node", "Connected");
    assertThat(clients.hubble(server(), "list", "namespaces").output()).contains("test");
    assertThat(clients.watch(2, server(), "watch", "peers")).contains("test-node");
  }

  private void assertFilters(TestNetwork network) {
    assertThat(observe("--all")).isNotEmpty();
    assertThat(observe("--last", "1")).hasSize(1);
    assertThat(observe("--first", "2")).hasSize(2);

    assertOnly(observe("--all", "--protocol", "udp"), flow -> flow.path("l4").has("UDP"), "UDP");
    assertOnly(
        observe("--all", "--from-pod", "test/a", "--to-pod", "test/b"),
        flow -> pod(flow, "source").equals("test/a") && pod(flow, "destination").equals("test/b"),
        "from a to b");
    assertOnly(
        observe("--all", "--pod", "test/b", "--port", String.valueOf(PORT)),
        flow -> true,
        "pod and port of either side");
    assertOnly(
        observe("--all", "--ip", network.ip4("b")),
        flow ->
            flow.path("IP").path("source").asString("").equals(network.ip4("b"))
                || flow.path("IP").path("destination").asString("").equals(network.ip4("b")),
        "address of either side");
    assertOnly(
        observe("--all", "--tcp-flags", "SYN", "--not", "--tcp-flags", "ACK"),
        flow ->
            flow.path("l4").path("TCP").path("flags").path("SYN").asBoolean(false)
                && !flow.path("l4").path("TCP").path("flags").path("ACK").asBoolean(false),
        "first SYN");
    assertOnly(
        observe("--all", "--verdict", "FORWARDED", "--type", "trace"),
        flow -> flow.path("verdict").asString("").equals("FORWARDED"),
        "forwarded");
    assertOnly(observe("--all", "--label", "app=a"), flow -> true, "labels of either side");
    assertOnly(
        observe("--all", "--cel-expression", "_flow.l4.UDP.destination_port == " + PORT + "u"),
        flow -> flow.path("l4").path("UDP").path("destination_port").asInt(0) == PORT,
        "an expression");
    assertThat(observe("--all", "--http-status", "200")).isEmpty();
    assertThat(observe("--all", "--verdict", "AUDIT")).isEmpty();
    assertThat(observe("--since", "10m", "--until", "5m")).isEmpty();
    int before = observe("--all").size(); // the node goes on: drops of others come in between
    assertThat(observe("--since", "10m")).hasSizeGreaterThanOrEqualTo(before);

    // Past and live flows are one stream.
    assertThat(clients.watch(3, server(), "observe", "--follow", "--since", "10m"))
        .contains("test/a");
  }

  private static void assertOnly(List<JsonNode> flows, Predicate<JsonNode> wanted, String what) {
    assertThat(flows).as(what).isNotEmpty().allMatch(wanted);
  }

  private void assertTexts(TestNetwork network) {
    String compact =
        clients
            .hubble(server(), "observe", "--all", "--from-pod", "test/a", "--protocol", "icmp")
            .output();
    assertThat(compact).contains("test/a", "->", "test/b", "FORWARDED", "(ICMPv4 EchoRequest)");
    String table =
        clients
            .hubble(server(), "observe", "--last", "5", "--protocol", "tcp", "-o", "table")
            .output();
    assertThat(table).contains("TIMESTAMP", "SOURCE", "TCP Flags");
    String dictionary =
        clients
            .hubble(server(), "observe", "--last", "1", "--verdict", "FORWARDED", "-o", "dict")
            .output();
    assertThat(dictionary).contains("SOURCE:", "VERDICT: FORWARDED");
    assertThat(clients.hubble(server(), "observe", "agent-events").code()).isZero();
    assertThat(network.ip4("a")).isNotEmpty();
  }

  private void assertRefusals() {
    HubbleClients.Answer bad = clients.hubble(server(), "observe", "--ip", "1.2.3");
    assertThat(bad.code()).isNotZero();
    assertThat(bad.errors()).contains("1.2.3");
    HubbleClients.Answer regex =
        clients.hubble(server(), "observe", "--allowlist", "{\"dns_query\":[\"(\"]}");
    assertThat(regex.errors()).contains("not a regular expression");
    HubbleClients.Answer cel =
        clients.hubble(server(), "observe", "--cel-expression", "_flow.node_name");
    assertThat(cel.errors()).contains("expected type 'bool' but found 'string'");
  }

  @Test
  @EnabledIf("sh.retina.agent.HubbleClients#relayIsThere")
  void shouldServeTheOriginalRelay() throws InterruptedException {
    Path log = directory.resolve("relay.log");
    String listen = "127.0.0.1:" + (20_000 + ProcessHandle.current().pid() % 10_000);
    try (TestNetwork network = new TestNetwork("hubrel", "a", "b");
        RunningAgent agent = agent(network)) {
      new PodTraffic(network).udp("a", network.ip4("b"), PORT, 50, 64);
      agent.scrapeUntil(
          scrape -> RunningAgent.sum(scrape, "retina_pod_packets_forwarded_total") > 0,
          () -> "the traffic");
      Process relay =
          clients.relay(
              List.of(
                  "--peer-service=" + server(),
                  "--listen-address=" + listen,
                  "--health-listen-address=",
                  "--disable-client-tls",
                  "--disable-server-tls",
                  "--gops=false",
                  "--retry-timeout=1s"),
              log);
      try {
        HubbleClients.Answer flows = clients.hubble(listen, "observe", "--all", "-o", "json");
        for (int tries = 0; tries < 30 && flows.json().isEmpty(); tries++) {
          assertThat(relay.waitFor(500, TimeUnit.MILLISECONDS)).as("relay ended").isFalse();
          flows = clients.hubble(listen, "observe", "--all", "-o", "json");
        }
        assertThat(flows.json().stream().map(line -> pod(line.path("flow"), "source")))
            .contains("test/a");
        assertThat(clients.hubble(listen, "list", "nodes").output())
            .contains("test-node", "Connected");
        assertThat(clients.hubble(listen, "list", "namespaces").output()).contains("test");
        String status = clients.hubble(listen, "status").output();
        for (int tries = 0; tries < 30 && !status.contains("Ok"); tries++) { // it looks each 5 s
          assertThat(relay.waitFor(500, TimeUnit.MILLISECONDS)).as("relay ended").isFalse();
          status = clients.hubble(listen, "status").output();
        }
        assertThat(status).contains("Connected Nodes: 1/1");
      } finally {
        relay.destroy();
        assertThat(relay.waitFor(10, TimeUnit.SECONDS)).isTrue();
      }
    }
  }
}
