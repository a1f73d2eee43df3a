package sh.retina.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TopCommandTest {
  private ScriptedAgent agent;

  /** Two readings of an agent, a second apart. */
  static String[] scrapes() {
    return new String[] {scrape(1_000, 0, 0, 5), scrape(3_072, 4, 7, 2)};
  }

  private static String scrape(int bytes, int drops, int noName, int packets) {
    return """
    # TYPE retina_pod_forwarded_bytes_total counter
    retina_pod_forwarded_bytes_total{namespace="shop",podname="web",direction="ingress"} %d
    retina_pod_forwarded_bytes_total{namespace="shop",podname="web",direction="egress"} 24
    retina_pod_forwarded_bytes_total{namespace="shop",podname="d\u001b[31mb"} 9
    retina_pod_forwarded_bytes_total{namespace="",podname=""} 900000
    retina_pod_packets_dropped_total{namespace="shop",podname="d\u001b[31mb",reason="x"} %d
    retina_pod_dns_response_total{namespace="shop",podname="web",return_code="NOERROR"} 100
    retina_pod_dns_response_total{namespace="shop",podname="web",return_code="NXDOMAIN"} %d
    retina_pod_packets_forwarded_total{namespace="shop",podname="web"} %d
    """
        .formatted(bytes, drops, noName, packets);
  }

  @BeforeEach
  void serve() throws IOException {
    agent = new ScriptedAgent().scrapes(scrapes());
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void shouldPrintRatesOfPodsOnceToAPipe() {
    Said said = agent.run("top", "--interval", "1");

    assertThat(said.exitCode()).isZero();
    assertThat(said.errors()).isEmpty();
    assertThat(said.lines()).hasSize(3);
    assertThat(said.lines().getFirst()).matches("POD +BYTES/s +PACKETS/s +DROPS/s .*DNS-ERR/s");
    // A counter that went back began anew.
    assertThat(said.lines().get(1)).matches("shop/web +2\\.0Ki +2\\.0 +0\\.0 +0\\.0 +7\\.0");
    assertThat(said.lines().get(2)).startsWith("shop/d\\027[31mb  0.0").contains("4.0");
    assertThat(said.output()).doesNotContain("\u001b");
  }

  @Test
  void shouldSortAndBound() {
    Said said = agent.run("top", "--interval=1", "--sort=drops", "--rows=1", "-o", "json");

    JsonNode rows = JsonMapper.shared().readTree(said.output());
    assertThat(rows.size()).isEqualTo(1);
    assertThat(rows.get(0).get("drops").asDouble()).isEqualTo(4);
  }

  @Test
  void shouldPrintYaml() {
    assertThat(agent.run("top", "--interval=1", "-o", "yaml").lines())
        .contains("- pod: \"shop/web\"", "  bytes: 2072.0", "  dns: 7.0");
  }

  @Test
  void shouldSayWhereNoPodHasSeries() throws IOException {
    try (ScriptedAgent empty = new ScriptedAgent().scrapes("retina_agent_version 1\n")) {
      Said said = empty.run("top", "--interval=1");

      assertThat(said.exitCode()).isZero();
      assertThat(said.output()).isEmpty();
      assertThat(said.errors()).contains("no pod has series", "retina.pod-level.enabled");
    }
  }

  @Test
  void shouldRefuseWrongWords() {
    assertThat(agent.run("top", "--interval=0").exitCode()).isEqualTo(2);
    assertThat(agent.run("top", "--rows=0").exitCode()).isEqualTo(2);
    assertThat(agent.run("top", "--sort=name").exitCode()).isEqualTo(2);
    assertThat(agent.run("top", "-o", "xml").errors()).contains("WIDE", "YAML", "xml");
  }
}
