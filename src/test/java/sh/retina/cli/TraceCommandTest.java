package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TraceCommandTest {
  static final String DROP = flow("\"verdict\":\"DROPPED\",\"Summary\":\"dropped: NO_SOCKET\"");
  private static final String RESET = report("reset", "unknown");
  private static final String RESENT = report("retransmission", "unknown");
  private static final String REFUSED = report("connection", "refused");
  private static final String CLOSED = report("connection", "CLOSED");

  private ScriptedAgent agent;

  private static String flow(String more) {
    return "event:flow\ndata:{\"time\":\"2026-01-01T00:00:00Z\",\"node_name\":\"n1\","
        + "\"IP\":{\"source\":\"10.0.0.1\",\"destination\":\"10.0.0.2\"},\"is_reply\":false,"
        + more
        + "}";
  }

  private static String report(String kind, String outcome) {
    return flow(
        "\"verdict\":\"TRACED\",\"Summary\":\"%s\",\"extensions\":{\"value\":{\"socket_report\":\"%s\",\"tcp_outcome\":\"%s\"}}"
            .formatted(kind, kind, outcome));
  }

  @BeforeEach
  void serve() throws IOException {
    agent =
        new ScriptedAgent()
            .flows(DROP, RESET, RESENT, REFUSED, CLOSED, flow("\"verdict\":\"FORWARDED\""));
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void shouldPrintWhatGoesWrongAndNothingElse() {
    Said said = agent.run("trace", "--since=10m", "--no-follow");

    assertThat(said.exitCode()).isZero();
    assertThat(agent.queries())
        .containsExactly(
            "follow=false&since=10m&allowlist={\"verdict\":[\"DROPPED\"]}"
                + "&allowlist={\"event_type\":[{\"type\":7}]}");
    assertThat(said.lines())
        .containsExactly(
            "2026-01-01T00:00:00Z [n1]: 10.0.0.1 -> 10.0.0.2  DROPPED (dropped: NO_SOCKET)",
            "2026-01-01T00:00:00Z [n1]: 10.0.0.1 -> 10.0.0.2  TRACED (reset)",
            "2026-01-01T00:00:00Z [n1]: 10.0.0.1 -> 10.0.0.2  TRACED (retransmission)",
            "2026-01-01T00:00:00Z [n1]: 10.0.0.1 -> 10.0.0.2  TRACED (connection)");
  }

  @Test
  void shouldTakeTheWordsOfRetinasBpftrace() {
    Said said = agent.run("bpftrace", "n1", "--drops", "--rst", "--cidr=10.0.0.0/8", "-o", "json");

    assertThat(agent.queries().getFirst()).startsWith("follow=true&ip=10.0.0.0/8&allowlist=");
    assertThat(said.lines())
        .extracting(line -> JsonMapper.shared().readTree(line))
        .extracting(flow -> flow.get("Summary").asString())
        .containsExactly("dropped: NO_SOCKET", "reset");
    assertThat(agent.run("trace", "--retransmits").lines()).hasSize(1);
    assertThat(agent.run("trace", "--errors").lines()).hasSize(1);
    assertThat(agent.run("trace", "--only=drops,failures").lines()).hasSize(2);
    assertThat(agent.run("trace", "--drops", "--all").lines()).hasSize(4);
  }

  @Test
  void shouldEndAfterItsTimeWithoutAComplaint() throws IOException {
    try (ScriptedAgent endless = new ScriptedAgent().flows(DROP).endless()) {
      Said said = endless.run("trace", "--duration=1s");

      assertThat(said.exitCode()).isZero();
      assertThat(said.lines()).hasSize(1);
      assertThat(said.errors()).isEmpty();
    }
    assertThat(agent.run("trace", "--duration=soon").exitCode()).isEqualTo(2);
  }

  @Test
  void shouldSayWhatIsMissing() throws IOException {
    try (ScriptedAgent losing =
        new ScriptedAgent().flows("event:lost\ndata:{\"num_events_lost\":\"12\"}")) {
      Said said = losing.run("trace", "--no-follow");

      assertThat(said.output()).isEmpty();
      assertThat(said.errors()).contains("flows are missing here", "12");
    }
  }

  @Test
  void shouldPrintFlowsInTheFormsOfHubble() {
    String[] words = {"observe", "-o", "table"};
    List<String> table = agent.run(words).lines();
    assertThat(table.getFirst()).matches("TIMESTAMP +NODE +SOURCE +DESTINATION +TYPE +VERDICT.*");
    assertThat(table.get(1)).matches("2026-\\S+ +n1 +10\\.0\\.0\\.1 +10\\.0\\.0\\.2 +DROPPED .*");

    words[2] = "dict";
    assertThat(agent.run(words).lines())
        .startsWith("  TIMESTAMP: 2026-01-01T00:00:00Z", "       NODE: n1", "     SOURCE: 10.0.0.1")
        .contains("------------", "    VERDICT: FORWARDED");

    words[2] = "jsonpb";
    JsonNode response = JsonMapper.shared().readTree(agent.run(words).lines().getFirst());
    assertThat(response.get("flow").get("verdict").asString()).isEqualTo("DROPPED");
    assertThat(response.get("node_name").asString()).isEqualTo("n1");
    assertThat(response.get("time").asString()).isEqualTo("2026-01-01T00:00:00Z");

    words[2] = "yaml";
    assertThat(agent.run(words).lines()).startsWith("---").contains("verdict: \"DROPPED\"");
  }
}
