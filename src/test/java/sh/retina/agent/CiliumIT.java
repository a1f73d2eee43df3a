package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.ciliumeventobserver.MonitorFrames;
import tools.jackson.databind.JsonNode;

/** What a monitor socket like Cilium's says becomes flows and counts, through the whole agent. */
@RequiresKernel
@EnabledIf(
    value = "sh.retina.agent.MonitorServer#canBeBuilt",
    disabledReason = "needs go, which builds the server that stands in for Cilium")
@WholeMachine
class CiliumIT {
  private static final String NAME = "ciliumeventobserver";
  private static final byte[] SYN = MonitorFrames.tcp(8080, 0x02);

  private static Path program = Path.of("");

  @TempDir private Path directory;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    program = MonitorServer.build();
  }

  private Path socket() {
    return directory.resolve("monitor.sock");
  }

  private RunningAgent agent(TestNetwork network) {
    return new RunningAgent(
        directory, network, "--retina.plugins=" + NAME, "--retina." + NAME + ".socket=" + socket());
  }

  @Test
  void shouldTellWhatCiliumTells() throws IOException {
    try (TestNetwork network = new TestNetwork("cilium", "a", "b");
        MonitorServer cilium = MonitorServer.start(program, socket());
        RunningAgent agent = agent(network)) {
      cilium.await("connected");
      cilium.sample(MonitorFrames.trace(0, 5, 0, SYN));
      cilium.sample(MonitorFrames.trace(2, 3, 0, SYN));
      cilium.sample(MonitorFrames.trace(1, 0, 0, SYN));
      cilium.sample(MonitorFrames.drop(3, 181, 12, MonitorFrames.udp6(53)));
      cilium.sample(MonitorFrames.policyVerdict(40, -133, 1, SYN));
      cilium.sample(MonitorFrames.policyVerdict(32, 0, 2 | 4 << 3, SYN));
      cilium.say("http Denied");
      cilium.say("answer 503");
      cilium.say("dns");
      cilium.say("agent");
      cilium.sample(new byte[] {2, 0, 0, 0}); // a debug message
      cilium.say("lost 5");

      Map<String, Double> scrape =
          agent.scrapeUntil(
              s -> events(s, "aggregated") == 9 && lost(s) == 5, () -> "nine flows and a loss");

      assertThat(events(scrape, "decoded")).as("and nothing else").isEqualTo(9);
      assertThat(packets(scrape, "podname=\"a\"", "direction=\"egress\"")).isEqualTo(1);
      assertThat(packets(scrape, "podname=\"b\"", "direction=\"ingress\"")).isEqualTo(1);
      assertThat(RunningAgent.sum(scrape, "retina_conntrack_packets_total"))
          .as("seen three times, one packet")
          .isEqualTo(1);
      assertThat(RunningAgent.sum(scrape, "retina_packets_dropped_total", "POLICY_DENY\""))
          .as("the verdict is of the packet that is dropped")
          .isEqualTo(1);
      check(FlowSums.of(agent));
    }
  }

  private static void check(FlowSums flows) {
    assertThat(flows.flows()).hasSize(9);
    JsonNode sent = flows.at("FROM_ENDPOINT").flows().getFirst();
    assertThat(FlowSums.text(sent, "source", "pod_name")).isEqualTo("a");
    assertThat(FlowSums.text(sent, "destination", "pod_name")).isEqualTo("b");
    assertThat(sent.path("l4").path("TCP").path("destination_port").asInt()).isEqualTo(8080);
    assertThat(FlowSums.extension(sent, "bytes").asLong()).isEqualTo(1000);
    assertThat(flows.at("TO_STACK").packets()).isEqualTo(1);
    assertThat(flows.at("TO_ENDPOINT").packets()).isEqualTo(1);

    JsonNode dropped = only(flows, type(1));
    assertThat(FlowSums.text(dropped, "drop_reason_desc")).isEqualTo("POLICY_DENY");
    assertThat(FlowSums.text(dropped, "IP", "destination")).isEqualTo("fd00:80::11");
    assertThat(FlowSums.text(dropped, "traffic_direction")).isEqualTo("INGRESS");

    assertThat(flows.where(type(5)).flows())
        .extracting(
            flow -> FlowSums.text(flow, "verdict") + " " + flow.path("policy_match_type").asInt(0))
        .containsExactlyInAnyOrder("DROPPED 0", "FORWARDED 4");
    assertThat(flows.where(type(5)).packets()).isZero();
    assertThat(flows.where(type(129)).flows())
        .extracting(
            flow -> FlowSums.text(flow, "verdict") + " " + FlowSums.text(flow, "IP", "source"))
        .containsExactlyInAnyOrder(
            "DROPPED 198.18.80.10", "FORWARDED 198.18.80.11", "FORWARDED fd00:80::53");
    assertThat(flows.where(flow -> flow.path("l7").has("http")).flows())
        .extracting(flow -> FlowSums.text(flow, "Summary"))
        .containsExactly(
            "HTTP/1.1 GET http://joe:HUBBLE_REDACTED@web/a%20b?q=1",
            "HTTP/1.1 503 37ms (GET http://joe:HUBBLE_REDACTED@web/a%20b?q=1)");
    assertThat(flows.flows())
        .as("what is left out is nowhere")
        .noneMatch(flow -> flow.toString().contains("secret"));
  }

  @Test
  void shouldComeBackWhenCiliumDoesAndSurviveGarbage() throws IOException {
    try (TestNetwork network = new TestNetwork("cilium", "a", "b");
        RunningAgent agent = agent(network)) {
      agent.scrapeUntil(
          _ -> status(agent).contains("no Cilium here: " + socket() + " does not exist"),
          () -> "no socket");

      try (MonitorServer cilium = MonitorServer.start(program, socket())) {
        cilium.await("connected");
        cilium.sample(MonitorFrames.trace(0, 5, 0, SYN));
        agent.scrapeUntil(s -> events(s, "aggregated") == 1, () -> "the first flow");

        cilium.say("raw 05ffff"); // a half frame
        cilium.say("hang-up");
        cilium.await("connected");
        cilium.say("raw f8ffffffffffffffff"); // a frame of 2^64 - 1 bytes
        cilium.await("connected");
        cilium.say("raw 03ff8000"); // a value of a type that was never defined
        cilium.await("connected");
        cilium.sample(new byte[] {4, 5, 6}); // a message that is too short
        cilium.sample(MonitorFrames.trace(0, 5, 0, SYN));
        agent.scrapeUntil(
            s ->
                events(s, "aggregated") == 2
                    && RunningAgent.sum(
                            s, "retina_agent_lost_events_total", NAME, "\"decode_error\"")
                        == 1,
            () -> "the second flow, and a short one counted");
      }

      try (MonitorServer cilium = MonitorServer.start(program, socket())) {
        cilium.await("connected");
        cilium.sample(MonitorFrames.drop(1, 133, 0, SYN));
        agent.scrapeUntil(s -> events(s, "aggregated") == 3, () -> "a flow of the next Cilium");
        assertThat(FlowSums.of(agent, "verdict=DROPPED").flows()).hasSize(1);
      }
    }
  }

  private static String status(RunningAgent agent) {
    return String.valueOf(agent.bean(PluginManager.class).statuses().get(NAME));
  }

  private static Predicate<JsonNode> type(int type) {
    return flow -> flow.path("event_type").path("type").asInt() == type;
  }

  private static JsonNode only(FlowSums flows, Predicate<JsonNode> wanted) {
    List<JsonNode> found = flows.where(wanted).flows();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static double events(Map<String, Double> scrape, String stage) {
    return Books.events(scrape, NAME, stage);
  }

  private static double lost(Map<String, Double> scrape) {
    return Books.lost(scrape, NAME, "kernel_ring_full");
  }

  private static double packets(Map<String, Double> scrape, String... labels) {
    return RunningAgent.sum(scrape, "retina_pod_packets_forwarded_total", labels);
  }
}
