package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.WholeMachine;
import tools.jackson.databind.JsonNode;

/** Names, answers and their times between pods, against the counts of the generator. */
@RequiresKernel
@WholeMachine
class DnsIT {
  private static final String[] DNS_ONLY = {"--retina.plugins=dns"};

  @TempDir Path directory;

  /** Asks from pod {@code a}; what the generator got. */
  private static JsonNode ask(
      TestNetwork network, String address, String how, String name, int count) {
    return NameServer.ask(network, "a", address, how, name, count);
  }

  private static double sum(Map<String, Double> scrape, String metric, String... labels) {
    return RunningAgent.sum(scrape, metric, labels);
  }

  private static String code(String name) {
    return "return_code=\"" + name + "\"";
  }

  private static String type(String name) {
    return "query_type=\"" + name + "\"";
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "clsact"})
  void shouldCountEachMessageOnceAsTheGeneratorDoes(String attach) {
    try (TestNetwork network = new TestNetwork("dns", "a", "b");
        NameServer _ = NameServer.in(network, 53);
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser,dns",
                "--retina.tc-attach=" + attach)) {
      int messages = 0;
      for (String address : List.of(network.ip4("b"), network.ip6("b"))) {
        for (String how : List.of("udp", "tcp", "split", "batch")) {
          assertThat(ask(network, address, how, "host", 10).get("noerror").asInt()).isEqualTo(10);
          assertThat(ask(network, address, how, "none", 6).get("nxdomain").asInt()).isEqualTo(6);
          assertThat(ask(network, address, how, "fail", 4).get("servfail").asInt()).isEqualTo(4);
          messages += 20;
        }
      }
      int all = messages;

      Map<String, Double> scrape =
          agent.scrapeUntil(
              text ->
                  sum(text, "retina_dns_response_total") >= all
                      && sum(text, "retina_pod_dns_response_total") >= all,
              () -> all + " answers");

      assertThat(sum(scrape, "retina_dns_request_total", type("A"))).isEqualTo(all / 2.0);
      assertThat(sum(scrape, "retina_dns_request_total", type("AAAA"))).isEqualTo(all / 2.0);
      assertThat(sum(scrape, "retina_dns_request_total")).isEqualTo(all);
      assertThat(sum(scrape, "retina_dns_response_total")).isEqualTo(all);
      assertThat(sum(scrape, "retina_dns_response_total", code("NOERROR"))).isEqualTo(all * 0.5);
      assertThat(sum(scrape, "retina_dns_response_total", code("NXDOMAIN"))).isEqualTo(all * 0.3);
      assertThat(sum(scrape, "retina_dns_response_total", code("SERVFAIL"))).isEqualTo(all * 0.2);
      assertThat(sum(scrape, "retina_dns_latency_seconds_count")).isEqualTo(all);
      String a = "podname=\"a\"";
      assertThat(sum(scrape, "retina_pod_dns_request_total", a)).isEqualTo(all);
      assertThat(sum(scrape, "retina_pod_dns_request_total")).isEqualTo(all);
      assertThat(sum(scrape, "retina_pod_dns_response_total", a, code("SERVFAIL")))
          .isEqualTo(all * 0.2);
      assertThat(sum(scrape, "retina_pod_dns_response_total")).isEqualTo(all);
      assertThat(sum(scrape, "retina_pod_dns_latency_seconds_count", a)).isEqualTo(all);
      assertThat(sum(scrape, "retina_agent_lost_events_total", "plugin=\"dns\"")).isZero();
      // Both programs saw the traffic: neither has taken the other's place.
      agent.scrapeUntil(
          text -> sum(text, "retina_pod_packets_forwarded_total", a) > all,
          () -> "the packets of " + all + " exchanges");

      FlowSums flows = FlowSums.of(agent, "protocol=dns");
      assertThat(flows.at("FROM_ENDPOINT").flows()).hasSize(2 * all);
      assertThat(flows.at("TO_ENDPOINT").flows()).hasSize(2 * all);
    }
  }

  @Test
  void shouldShowQueriesAnswersAndTheirTimesAsFlowsOfLayer7() {
    try (TestNetwork network = new TestNetwork("dns", "a", "b");
        NameServer _ = NameServer.in(network, 53);
        RunningAgent agent = new RunningAgent(directory, network, DNS_ONLY)) {
      assertThat(ask(network, network.ip4("b"), "udp", "big", 1).get("truncated").asInt()).isOne();
      ask(network, network.ip6("b"), "tcp", "big", 1);
      ask(network, network.ip4("b"), "udp", "none", 1);
      ask(network, network.ip4("b"), "udp", "host", 2);
      Map<String, Double> before =
          agent.scrapeUntil(
              text -> sum(text, "retina_dns_latency_seconds_count") >= 5,
              () -> "the answers to 5 queries");
      ask(network, network.ip4("b"), "udp", "slow", 5);
      Map<String, Double> after =
          agent.scrapeUntil(
              text -> sum(text, "retina_pod_dns_latency_seconds_count") >= 10,
              () -> "the times of 5 more answers");

      // The server waits for 30 ms.
      String fast = "le=\"0.025\"";
      assertThat(sum(after, "retina_dns_latency_seconds_bucket", fast))
          .isEqualTo(sum(before, "retina_dns_latency_seconds_bucket", fast));
      assertThat(sum(after, "retina_dns_latency_seconds_sum"))
          .isGreaterThan(sum(before, "retina_dns_latency_seconds_sum") + 0.150);
      assertThat(FlowSums.of(agent, "dns-query=slow", "reply").at("TO_ENDPOINT").flows())
          .hasSize(5)
          .allSatisfy(flow ->
              assertThat(flow.path("l7").path("latency_ns").asLong()).isGreaterThan(30_000_000));

      JsonNode query = only(agent, "dns-query=^host1\\.test\\.$", "not-reply", "from-pod=test/a");
      assertThat(FlowSums.text(query, "Type")).isEqualTo("L7");
      assertThat(FlowSums.text(query, "Summary")).isEqualTo("DNS Query host1.test. AAAA");
      assertThat(FlowSums.text(query, "l7", "type")).isEqualTo("REQUEST");
      assertThat(FlowSums.text(query, "l7", "dns", "query")).isEqualTo("host1.test.");
      assertThat(query.path("event_type").path("type").asInt()).isEqualTo(129);

      JsonNode answer = only(agent, "dns-query=^host0", "reply", "to-pod=test/a");
      assertThat(FlowSums.text(answer, "l7", "type")).isEqualTo("RESPONSE");
      assertThat(answer.path("l7").path("dns").path("ips").path(0).asString())
          .isEqualTo("10.0.0.0");
      assertThat(answer.path("l7").path("dns").path("ttl").asInt()).isEqualTo(30);
      assertThat(answer.path("l7").path("dns").path("rrtypes").path(0).asString()).isEqualTo("A");

      JsonNode absent = only(agent, "dns-query=none", "reply");
      assertThat(absent.path("l7").path("dns").path("rcode").asInt()).isEqualTo(3);
      assertThat(FlowSums.text(absent, "Summary")).contains("Non-Existent Domain");

      JsonNode truncated = only(agent, "dns-query=big", "reply", "protocol=udp");
      assertThat(FlowSums.extension(truncated, "dns_truncated").asInt()).isOne();
      JsonNode whole = only(agent, "dns-query=big", "reply", "protocol=tcp");
      assertThat(FlowSums.text(whole, "IP", "ipVersion")).isEqualTo("IPv6");
      // 512 bytes of it are captured.
      assertThat(whole.path("l7").path("dns").path("ips").size()).isBetween(20, 40);
    }
  }

  /** Of the flows with these parameters the one where the packet reached or left pod {@code a}. */
  private static JsonNode only(RunningAgent agent, String... parameters) {
    String[] encoded =
        java.util.Arrays.stream(parameters)
            .map(text -> text.replace("^", "%5E").replace("\\", "%5C").replace("$", "%24"))
            .toArray(String[]::new);
    List<JsonNode> flows =
        FlowSums.of(agent, encoded)
            .where(flow -> FlowSums.text(flow, "interface", "name").equals("v-a"))
            .flows();
    assertThat(flows).as(String.join("&", parameters)).hasSize(1);
    return flows.getFirst();
  }

  @Test
  void shouldNameTheAddressesOfLaterFlows() throws Exception {
    try (TestNetwork network = new TestNetwork("dns", "a", "b");
        NameServer _ = NameServer.in(network, 53)) {
      // host7.test is 10.0.0.7, which is at pod b here.
      network.inside("b", "ip", "addr", "add", "10.0.0.8/32", "dev", "eth0");
      network.inside("a", "ip", "route", "add", "10.0.0.8/32", "via", network.ip4("b"));
      try (RunningAgent agent =
          new RunningAgent(directory, network, "--retina.plugins=packetparser,dns")) {
        ask(network, network.ip4("b"), "udp", "host", 9);
        new PodTraffic(network).udp("a", "10.0.0.8", 6_001, 3, 100);
        agent.scrapeUntil(
            text -> FlowSums.of(agent, "to-port=6001").packets() >= 6, () -> "the datagrams");

        for (String filter : List.of("to-port=6001", "to-fqdn=host*.test", "to-fqdn=HOST8.test.")) {
          FlowSums flows = FlowSums.of(agent, filter, "to-port=6001");
          assertThat(flows.packets()).as(filter).isEqualTo(6);
          assertThat(flows.flows())
              .allSatisfy(flow ->
                  assertThat(flow.path("destination_names").path(0).asString())
                      .isEqualTo("host8.test"));
        }
        assertThat(FlowSums.of(agent, "to-fqdn=host1.test").flows()).isEmpty();
      }
      // The same again from the journal alone.
      try (RunningAgent replay =
          new RunningAgent(
              List.of(
                  "agent",
                  "--retina.http.port=0",
                  "--retina.replay=" + directory.resolve("journal")))) {
        assertThat(FlowSums.of(replay, "to-fqdn=host8.test").packets()).isEqualTo(6);
        Map<String, Double> scrape =
            replay.scrapeUntil(
                text -> sum(text, "retina_dns_response_total") >= 9, () -> "the answers again");
        assertThat(sum(scrape, "retina_dns_latency_seconds_count")).isEqualTo(9);
      }
    }
  }

  @Test
  void shouldWatchTheConfiguredPortsOnlyAndCapNamesInLabels() {
    try (TestNetwork network = new TestNetwork("dns", "a", "b");
        NameServer _ = NameServer.in(network, 53);
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=dns",
                "--retina.dns.ports=53,5300",
                "--retina.pod-level.dns-labels=query,num_response",
                "--retina.pod-level.max-dns-names=4")) {
      new PodTraffic(network).udp("a", network.ip4("b"), 5_353, 5, 100);
      ask(network, network.ip4("b"), "udp", "host", 10);
      Map<String, Double> scrape =
          agent.scrapeUntil(
              text -> sum(text, "retina_pod_dns_response_total") >= 10, () -> "10 answers");

      assertThat(sum(scrape, "retina_dns_request_total")).isEqualTo(10);
      assertThat(sum(scrape, "retina_pod_dns_request_total")).isEqualTo(10);
      assertThat(sum(scrape, "retina_pod_dns_request_total", "query=\"host0.test.\"")).isOne();
      assertThat(sum(scrape, "retina_pod_dns_request_total", "query=\"overflow\""))
          .isGreaterThanOrEqualTo(6);
      assertThat(sum(scrape, "retina_pod_dns_response_total", "num_response=\"1\""))
          .isBetween(1.0, 4.0);
    }
  }
}
