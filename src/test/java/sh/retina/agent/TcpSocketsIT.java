package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.bpf.TestCgroups;
import sh.retina.bpf.UnifiedCgroups;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * tcpretrans and tcplife against what the sockets themselves count: pods whose firewall loses a
 * known part of what comes, and connections that end in each way.
 */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@WholeMachine
class TcpSocketsIT {
  private static final String RETRANSMISSIONS = "retina_pod_tcp_retransmissions_total";
  private static final String CONNECTIONS = "retina_pod_tcp_connections_total";
  private static final String RESETS = "retina_pod_tcp_resets_total";
  private static final String PAYLOAD = "retina_pod_tcp_payload_bytes_total";

  private static final String HOST_POD = "0c5a1f0e-7b2d-4c3e-9f10-a1b2c3d4e5f6";
  private static final String STRANGER = "1c5a1f0e-7b2d-4c3e-9f10-a1b2c3d4e5f6";
  private static final String CONTAINER = "0123456789abcdef".repeat(4);

  private Optional<Path> cgroups = Optional.empty();
  private TestNetwork network;
  private PodTraffic traffic;
  private RunningAgent agent;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    network =
        new TestNetwork(
            "tcp", 70, "a", "b", "lossy", "sender", "mute", "caller", "abort", "victim");
    traffic = new PodTraffic(network);
    cgroups = UnifiedCgroups.find().map(root -> root.resolve("retina-tcp-it/kubepods/burstable"));
    Path context = directory.resolve("owners.yaml");
    Files.writeString(context, network.contextYaml() + hostPod());
    agent =
        new RunningAgent(
            List.of(
                "agent",
                "--retina.http.port=0",
                "--retina.node-name=test-node",
                "--retina.network-namespace=" + network.nodeNamespace(),
                "--retina.context.file=" + context,
                "--retina.journal.directory=" + directory.resolve("journal"),
                "--retina.pod-level.enabled=true",
                "--retina.report-interval=1s",
                "--retina.plugins=tcpretrans,tcplife"));
  }

  /** A pod without an address of its own, known by its container's cgroup. */
  private String hostPod() throws IOException {
    if (cgroups.isEmpty()) {
      return "";
    }
    Path known = Files.createDirectories(cgroups.get().resolve("pod" + HOST_POD));
    Files.createDirectories(cgroups.get().resolve("pod" + STRANGER + "/" + CONTAINER));
    return "  - {kind: pod, namespace: test, name: hosted, node: test-node, cgroups: ["
        + Files.getAttribute(known, "unix:ino")
        + "]}\n";
  }

  private void refusedInside(String cgroup) {
    network.inside(
        "a",
        "sh",
        "-c",
        "echo $$ > "
            + cgroups.orElseThrow().resolve(cgroup)
            + "/cgroup.procs && exec "
            + PodTraffic.TOOL
            + " tcp-probe 127.0.0.1 7600 3 1000");
  }

  @Test
  void shouldFindThePodOfASocketByItsCgroup() {
    Assumptions.assumeTrue(cgroups.isPresent(), "no unified cgroup hierarchy is mounted");
    refusedInside("pod" + HOST_POD);

    await(CONNECTIONS, 3, "hosted", "outcome=\"refused\"");
  }

  @Test
  void shouldNameTheCgroupThatNoPodIsKnownFor() {
    Assumptions.assumeTrue(cgroups.isPresent(), "no unified cgroup hierarchy is mounted");
    String wanted = "pod/" + STRANGER + "/" + CONTAINER;

    // The name is in the journal from the first second after the cgroup was seen.
    long end = System.nanoTime() + 20_000_000_000L;
    while (!named(wanted) && System.nanoTime() < end) {
      refusedInside("pod" + STRANGER + "/" + CONTAINER);
    }

    assertThat(named(wanted)).isTrue();
  }

  private boolean named(String cgroup) {
    return flows("port=7600").stream()
        .map(flow -> more(flow).get("cgroup"))
        .anyMatch(name -> name != null && name.asString().equals(cgroup));
  }

  @AfterAll
  void stop() throws IOException {
    if (agent != null) {
      agent.close();
    }
    network.close();
    if (cgroups.isPresent()) {
      TestCgroups.remove(cgroups.get().resolve("../..").normalize());
    }
  }

  @Test
  void shouldRunBothOnAllTheirHooks() {
    Map<String, Double> scrape = agent.scrape();

    for (String plugin : List.of("tcpretrans", "tcplife")) {
      assertThat(scrape)
          .containsEntry(
              "retina_agent_plugin_status{plugin=\"" + plugin + "\",status=\"running\"}", 1.0);
    }
  }

  @Test
  void shouldTellTheBytesOfAConnectionAtBothEnds() {
    long bytes = 3_000_017;
    traffic.tcp("a", "b", network.ip4("b"), 7100, bytes);
    traffic.tcp("a", "b", network.ip6("b"), 7101, bytes);

    Map<String, Double> scrape = await(CONNECTIONS, 2, "b", "role=\"server\"");
    await(CONNECTIONS, 2, "a", "role=\"client\"", "outcome=\"closed\"");
    assertThat(sum(scrape, CONNECTIONS, "b", "outcome=\"closed\"")).isEqualTo(2);
    assertThat(sum(agent.scrape(), PAYLOAD, "a", "egress")).isEqualTo(2 * bytes);
    assertThat(sum(agent.scrape(), PAYLOAD, "a", "ingress")).isZero();
    assertThat(sum(agent.scrape(), PAYLOAD, "b", "ingress")).isEqualTo(2 * bytes);
    assertThat(sum(agent.scrape(), PAYLOAD, "b", "egress")).isZero();
    // No packets are watched, so the sockets' own times count.
    assertThat(sum(agent.scrape(), "retina_pod_tcp_connect_latency_seconds_count", "a"))
        .isEqualTo(2);
    assertThat(sum(agent.scrape(), "retina_pod_tcp_rtt_seconds_count", "a"))
        .isGreaterThanOrEqualTo(2);
    List<JsonNode> ends =
        flows("from-pod=test/a&to-port=7100&traffic-direction=egress").stream()
            .filter(flow -> flow.get("Summary").asString().equals("TCP connection closed"))
            .toList();
    assertThat(ends).hasSize(1);
    for (JsonNode flow : ends) {
      assertThat(flow.get("verdict").asString()).isEqualTo("TRACED");
      assertThat(flow.get("Type").asString()).isEqualTo("SOCK");
      JsonNode more = more(flow);
      assertThat(more.get("bytes").asLong()).isEqualTo(bytes);
      assertThat(more.get("duration_ns").asLong()).isGreaterThan(more.get("connect_ns").asLong());
      assertThat(more.get("rtt_ns").asLong())
          .isGreaterThanOrEqualTo(more.get("min_rtt_ns").asLong())
          .isLessThanOrEqualTo(more.get("max_rtt_ns").asLong());
    }
  }

  @Test
  void shouldCountWhatIsSentAgainAsTheKernelDoes() {
    firewall("lossy", "tcp dport 7200 meta length > 500 numgen inc mod 7 == 0 drop");
    firewall("lossy", "tcp dport 7201 tcp flags & (syn|ack) == syn numgen inc mod 2 == 0 drop");
    firewall(
        "sender", "tcp sport 7202 tcp flags & (syn|ack) == (syn|ack) numgen inc mod 2 == 0 drop");
    long senderBefore = retransmitted("sender");
    long lossyBefore = retransmitted("lossy");

    traffic.tcp("sender", "lossy", network.ip4("lossy"), 7200, 2_000_000); // data
    traffic.tcp("sender", "lossy", network.ip6("lossy"), 7201, 1); // the SYN
    traffic.tcp("sender", "lossy", network.ip6("lossy"), 7202, 1); // the SYN-ACK
    long sent = retransmitted("sender") - senderBefore;
    long answered = retransmitted("lossy") - lossyBefore;

    assertThat(sent).isGreaterThan(10);
    assertThat(answered).isPositive();
    await(RETRANSMISSIONS, sent, "sender", "direction=\"egress\"");
    await(RETRANSMISSIONS, answered, "lossy", "direction=\"egress\"");
    assertThat(
            flows("from-pod=test/lossy&from-port=7202&tcp-flags=SYN,ACK").stream()
                .map(flow -> flow.get("Summary").asString()))
        .isNotEmpty()
        .allMatch(text -> text.startsWith("TCP retransmission, TCP Flags: SYN, ACK"));
    assertThat(
            flows("from-pod=test/sender&to-port=7201&tcp-flags=SYN").stream()
                .filter(flow -> flow.get("Summary").asString().startsWith("TCP retrans"))
                .map(flow -> more(flow).get("tcp_state").asString()))
        .isNotEmpty()
        .containsOnly("SYN_SENT");
  }

  @Test
  void shouldSayWhyAnAttemptFailed() {
    firewall("mute", "tcp dport 7301 drop");
    firewall("mute", "tcp dport 7302 reject with icmpx host-unreachable");
    network.inside("mute", "sh", "-c", "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit");
    network.inside(
        "caller",
        "sh",
        "-c",
        "echo 1 > /proc/sys/net/ipv4/tcp_syn_retries; echo 0 >"
            + " /proc/sys/net/ipv4/tcp_syn_linear_timeouts || true");

    for (String address : List.of(network.ip4("mute"), network.ip6("mute"))) {
      traffic.tcpProbe("caller", address, 7300, 3, 1_000); // nobody listens
      traffic.tcpProbe("caller", address, 7301, 2, 100); // given up
    }
    // Over IPv4 the process reads the error, and so takes it away, before it closes the socket.
    traffic.tcpProbe("caller", network.ip6("mute"), 7302, 2, 1_000);
    traffic.tcpProbe("caller", network.ip4("mute"), 7301, 1, 8_000);

    await(CONNECTIONS, 6, "caller", "outcome=\"refused\"");
    await(CONNECTIONS, 4, "caller", "outcome=\"abandoned\"");
    await(CONNECTIONS, 2, "caller", "outcome=\"unreachable\"");
    Map<String, Double> scrape = await(CONNECTIONS, 1, "caller", "outcome=\"connect_timed_out\"");
    assertThat(sum(scrape, CONNECTIONS, "caller", "role=\"client\"")).isEqualTo(13);
    await(RESETS, 6, "caller", "direction=\"ingress\"", "phase=\"handshake\"");
    await(RESETS, 6, "mute", "direction=\"egress\"", "phase=\"handshake\"");
  }

  @Test
  void shouldSayWhoResetAConnectionAndWhatItCarried() {
    long bytes = 70_001;
    traffic.tcpAbort("abort", "victim", network.ip4("victim"), 7400, bytes);
    traffic.tcpAbort("abort", "victim", network.ip6("victim"), 7401, bytes);

    await(CONNECTIONS, 2, "abort", "role=\"client\"", "outcome=\"reset_sent\"");
    await(CONNECTIONS, 2, "victim", "role=\"server\"", "outcome=\"reset_received\"");
    await(RESETS, 2, "abort", "direction=\"egress\"", "phase=\"established\"");
    await(RESETS, 2, "victim", "direction=\"ingress\"", "phase=\"established\"");
    assertThat(sum(agent.scrape(), PAYLOAD, "abort", "egress")).isEqualTo(2 * bytes);
    assertThat(sum(agent.scrape(), PAYLOAD, "victim", "ingress")).isEqualTo(2 * bytes);
  }

  private Map<String, Double> await(String metric, long count, String pod, String... labels) {
    return agent.scrapeUntil(
        scrape -> sum(scrape, metric, pod, labels) == count,
        () -> metric + " of " + pod + " " + Arrays.toString(labels) + " = " + count);
  }

  private static double sum(
      Map<String, Double> scrape, String metric, String pod, String... labels) {
    String[] all = Arrays.copyOf(labels, labels.length + 1);
    all[labels.length] = "podname=\"" + pod + "\"";
    return RunningAgent.sum(scrape, metric, all);
  }

  /** Flows of sockets so far. */
  private List<JsonNode> flows(String filter) {
    return agent
        .get("/flows?since=10m&follow=false&first=10000&type=trace-sock&" + filter)
        .lines()
        .filter(line -> line.startsWith("data:"))
        .map(line -> JsonMapper.shared().readTree(line.substring("data:".length())))
        .toList();
  }

  private static JsonNode more(JsonNode flow) {
    return flow.get("extensions").get("value");
  }

  private void firewall(String pod, String rule) {
    Assumptions.assumeTrue(
        network.tries(pod, "nft", "add table inet t"), "this machine has no nftables");
    network.inside(pod, "nft", "add chain inet t c { type filter hook prerouting priority 0; }");
    network.inside(pod, "nft", "add rule inet t c " + rule);
  }

  /** RetransSegs of RFC 4022, as the pod's own kernel counters have it. */
  private long retransmitted(String pod) {
    List<String[]> tcp =
        network
            .inside(pod, "cat", "/proc/net/snmp")
            .lines()
            .filter(line -> line.startsWith("Tcp: "))
            .map(line -> line.split(" ", -1))
            .toList();
    return Long.parseLong(tcp.get(1)[Arrays.asList(tcp.get(0)).indexOf("RetransSegs")]);
  }
}
