package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.agent.Prometheus.Sample;
import sh.retina.export.prometheus.Dashboards;
import sh.retina.export.prometheus.Dashboards.Query;
import sh.retina.export.prometheus.RuleFiles;

/**
 * A real Prometheus scrapes a running agent while traffic of every kind passes, twice the same:
 * what dashboards and alerts ask must have an answer, and one of the right size.
 */
@RequiresKernel
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@WholeMachine
class PrometheusIT {
  /** Longer than the test: a rate over it is what was counted between the first scrape and now. */
  private static final double WINDOW_SECONDS = 120;

  private static final String WINDOW = "120s";

  /** Sockets and drops of all the machine count, those of no pod of ours as unknown. */
  private static final String PODS = "a|b|out";

  private static final int DATAGRAMS = 200;
  private static final int ANSWERED = 60;
  private static final int NO_NAME = 20;
  private static final int FAILED = 20;
  private static final int REFUSED = 10;
  private static final int SILENT = 5;
  private static final long BYTES = 2_000_000;

  private TestNetwork network;
  private PodTraffic traffic;
  private RunningAgent agent;
  private Prometheus prometheus;
  private Prometheus natives;
  private Process names;
  private boolean hasConntrack;

  @BeforeAll
  void start(@TempDir Path directory) {
    Assumptions.assumeTrue(
        Prometheus.isInstalled(), "no Prometheus here: apt-get install prometheus");
    network = new TestNetwork("prom", 80, "out", "a", "b");
    Assumptions.assumeTrue(
        network.tries("b", "nft", "add table inet t"), "this machine has no nftables");
    traffic = new PodTraffic(network);
    // The node's way out leads to `out`, with a queue; connection tracking where the kernel has it.
    network.inside("node", "ip", "route", "add", "default", "dev", "v-out");
    network.inside("node", "tc", "qdisc", "replace", "dev", "v-out", "root", "pfifo");
    hasConntrack =
        network.tries("node", "test", "-r", "/proc/sys/net/netfilter/nf_conntrack_count");
    network.inside("b", "nft", "add chain inet t c { type filter hook prerouting priority 0; }");
    network.inside("b", "nft", "add rule inet t c tcp dport 7200 numgen inc mod 8 == 7 drop");
    network.inside("b", "nft", "add rule inet t c tcp dport 6444 drop");
    names = network.start("b", PodTraffic.TOOL, "dns-serve", "53", "120");
    agent =
        new RunningAgent(
            directory,
            network,
            "--retina.plugins=packetparser,dropreason,dns,tcpretrans,tcplife,linuxutil,packetforward",
            "--retina.metrics.naming=both",
            "--retina.metrics-interval=1s",
            "--retina.api-server.addresses=%1$s:6443,%1$s:6444".formatted(network.ip4("b")));
    passTraffic(); // every series is there before the first scrape: rates see all of the rest
    agent.scrapeUntil(
        scrape -> scrape.getOrDefault("retina_apiserver_no_response_total", 0.0) == SILENT,
        () -> "attempts without response");
    prometheus = new Prometheus(directory.resolve("prometheus"), agent.port());
    natives =
        new Prometheus(
            directory.resolve("natives"), agent.port(), "native-histograms", "exemplar-storage");
    passTraffic();
    awaitSum("sum(retina_apiserver_no_response_total)", 2 * SILENT);
    awaitSum("sum(retina_pod_dns_response_total{return_code=\"SERVFAIL\"})", 2 * FAILED);
    awaitSum(
        "sum(retina_pod_tcp_connections_total{podname=\"a\", outcome=\"refused\"})", 2 * REFUSED);
    // A round trip below the resolution of TCP's time stamps is not measured.
    prometheus.await(
        "round trips of the API server",
        () -> {
          traffic.tcp("a", "b", network.ip4("b"), 6443, BYTES / 80);
          return isPositive("sum(increase(retina_apiserver_latency_seconds_count[120s]))")
              && isPositive("retina:apiserver_latency_seconds:p99_5m");
        });
    prometheus.await("rules", () -> !prometheus.query("retina:agent_cpu_cores:rate5m").isEmpty());
  }

  private void awaitSum(String expression, double wanted) {
    prometheus.await(
        expression + " = " + wanted + " but " + prometheus.query(expression),
        () -> prometheus.query(expression).stream().anyMatch(s -> s.value() == wanted));
  }

  private boolean isPositive(String expression) {
    return prometheus.query(expression).stream().anyMatch(sample -> sample.value() > 0);
  }

  private void passTraffic() {
    String b = network.ip4("b");
    traffic.tcp("a", "b", b, 7100, BYTES);
    traffic.tcp("out", "b", b, 7101, BYTES);
    traffic.tcp("a", "b", b, 7200, BYTES / 10);
    for (int i = 0; i < 8; i++) { // not every short connection has a round trip measured
      traffic.tcp("a", "b", b, 6443, BYTES / 80);
    }
    traffic.tcpAbort("a", "b", b, 7300, 1_000);
    traffic.tcpProbe("a", b, 7400, REFUSED, 1_000);
    traffic.tcpProbe("a", b, 6444, SILENT, 100);
    traffic.udp("a", b, 6001, DATAGRAMS, 100);
    for (Map.Entry<String, Integer> asked :
        Map.of("host", ANSWERED, "none", NO_NAME, "fail", FAILED).entrySet()) {
      network.inside(
          "a", PodTraffic.TOOL, "dns-ask", b, "udp", asked.getKey(), asked.getValue().toString());
    }
  }

  @AfterAll
  void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
    if (natives != null) {
      natives.close();
    }
    if (agent != null) {
      agent.close();
    }
    if (names != null) {
      names.destroyForcibly();
    }
    if (network != null) {
      network.close();
    }
  }

  /** Needs what this machine may lack. */
  private boolean mayBeEmpty(String expression) {
    return !hasConntrack && expression.contains("conntrack_table");
  }

  @Test
  void shouldAnswerEveryQueryOfEveryDashboardWithNumbersOfTheRightSign() {
    assertAnswersEveryQuery(prometheus);
  }

  private void assertAnswersEveryQuery(Prometheus asked) {
    List<String> wrong = new ArrayList<>();
    List<Query> queries = Dashboards.queries();
    for (Query query : queries) {
      List<Sample> samples = asked.query(query.with(WINDOW));
      if (samples.isEmpty() && !mayBeEmpty(query.expression())) {
        wrong.add(query.place() + " is empty: " + query.expression());
      }
      samples.stream()
          .filter(sample -> !(sample.value() >= 0 && Double.isFinite(sample.value())))
          .forEach(sample -> wrong.add(query.place() + ": " + sample));
      if (query.unit().equals("percentunit")) {
        samples.stream()
            .filter(sample -> sample.value() > 1)
            .forEach(sample -> wrong.add(query.place() + " is more than all: " + sample));
      }
    }

    assertThat(wrong).isEmpty();
    assertThat(queries).hasSizeGreaterThan(90);
  }

  /** Such a Prometheus asks for protobuf, and drops classic buckets where there are native ones. */
  @Test
  void shouldAnswerAPrometheusThatWantsNativeHistograms() {
    assertThat(natives.query("retina_pod_tcp_rtt_seconds_bucket")).isEmpty();
    for (String metric :
        List.of(
            "retina_dns_latency_seconds",
            "retina_pod_dns_latency_seconds",
            "retina_pod_tcp_connect_latency_seconds",
            "retina_pod_tcp_rtt_seconds",
            "retina_apiserver_latency_seconds",
            "retina_apiserver_tcp_handshake_latency_seconds")) {
      for (String function : List.of("count", "sum")) {
        String text = "sum(%s_%s)".formatted(metric, function);
        String wanted = "sum(histogram_%s(%s))".formatted(function, metric);
        natives.await(
            wanted + " as " + text,
            () -> isNear(natives.query(wanted), prometheus.query(text).getFirst().value()));
      }
      String quantile = "histogram_quantile(0.5, sum(%s))".formatted(metric);
      String classic = "histogram_quantile(0.5, sum by (le) (%s_bucket))".formatted(metric);
      double coarse = prometheus.query(classic).getFirst().value();
      assertThat(natives.query(quantile).getFirst().value())
          .as(quantile)
          .isBetween(coarse > 50e-6 ? coarse / 2.5 : 1e-6, Math.max(60e-6, coarse * 2.5));
    }
    assertAnswersEveryQuery(natives);
  }

  private static boolean isNear(List<Sample> samples, double expected) {
    return !samples.isEmpty()
        && samples.getFirst().value() > 0
        && Math.abs(samples.getFirst().value() / expected - 1) < 1e-6;
  }

  @Test
  void shouldNameFlowsAsExemplars() {
    String a = network.ip4("a");
    String b = network.ip4("b");
    assertThat(natives.exemplars("retina_pod_tcp_rtt_seconds{podname=\"a\"}"))
        .isNotEmpty()
        .allMatch(labels -> labels.getOrDefault("local", "").startsWith(a + ":"))
        .anyMatch(labels -> labels.getOrDefault("peer", "").startsWith(b + ":"));
    assertThat(natives.exemplars("retina_pod_dns_latency_seconds"))
        .anyMatch(labels -> labels.containsValue(b + ":53"));
    assertThat(natives.exemplars("retina_pod_packets_dropped_total"))
        .anyMatch(labels -> labels.values().stream().anyMatch(value -> value.startsWith(b + ":")));
  }

  @Test
  void shouldAnswerWithTheAmountsThatPassed() {
    long dns = ANSWERED + NO_NAME + FAILED;
    assertCounted("drops: Of pods", DATAGRAMS, 2);
    assertCounted("drops: By reason", DATAGRAMS, Double.MAX_VALUE); // of all namespaces here
    // Sent by a, received by b, which got as much from outside; with headers and acknowledgements.
    assertCounted("workloads: Bytes by workload", 3.4 * BYTES, 1.6);
    assertCounted("overview: Pod traffic", 3.4 * BYTES, 1.6);
    assertCounted("overview: Through the nodes", BYTES, 1.6);
    assertCounted("workloads: Payload of ended TCP connections", 4.4 * BYTES, 1.6);
    assertCounted("dns: Queries by type", dns, 1.3);
    assertCounted("dns: Answers by code", dns, 1.3);
    assertCounted("dns: Errors by workload", NO_NAME + FAILED, 1.3);
    assertCounted("overview: Attempts without response", SILENT, 1.3);
    assertCounted("workloads: Retransmissions", 5, 40);

    assertBetween("overview: Nodes", 1, 1);
    assertBetween("overview: Plugins down", 0, 0);
    assertBetween("agent: Plugins up", 7, 7);
    assertBetween("overview: DNS errors", 0.39, 0.41);
    assertBetween("dns: Without answer", 0, 0.1);
    assertBetween("dns: p99 latency", 1e-6, 0.5);
    assertBetween("overview: Round trip", 1e-6, 1);
    assertBetween("overview: Handshake", 1e-6, 1);
    assertBetween("tcp: Handshake, p99", 1e-6, 5); // the firewall may take a SYN
    assertBetween("tcp: Retransmitted", 0, 1);
    assertBetween("agent: Memory", 30e6, 4e9);
    assertBetween("agent: Series budget", 1e-4, 0.1);
    assertThat(
            prometheus.query(
                "sum by (outcome)"
                    + " (increase(retina_pod_tcp_connections_total{podname=\"a\"}[120s]))"))
        .anyMatch(s -> s.labels().containsValue("refused") && near(s.value(), REFUSED))
        .anyMatch(s -> s.labels().containsValue("abandoned") && near(s.value(), SILENT));
    assertThat(prometheus.query("sum(increase(retina_agent_lost_packets_total[120s]))"))
        .allMatch(sample -> sample.value() == 0);
  }

  private static boolean near(double value, double expected) {
    return value > 0.95 * expected && value < 1.3 * expected;
  }

  /** The sum of a panel's rates, over the window, is what passed, or up to so many times it. */
  private void assertCounted(String place, double expected, double times) {
    double sum = first(place).stream().mapToDouble(Sample::value).sum() * WINDOW_SECONDS;
    assertThat(sum).as(place).isBetween(0.95 * expected, times * expected);
  }

  private void assertBetween(String place, double low, double high) {
    assertThat(first(place)).as(place).isNotEmpty();
    assertThat(first(place))
        .as(place)
        .allMatch(sample -> sample.value() >= low && sample.value() <= high);
  }

  private List<Sample> first(String place) {
    return prometheus.query(
        Dashboards.queries().stream()
            .filter(query -> query.place().equals(place))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no panel " + place))
            .with(WINDOW, PODS));
  }

  @Test
  void shouldFillTheVariablesOfTheDashboards() {
    Pattern call = Pattern.compile("label_values\\((.*), (\\w+)\\)");
    for (String variable : Dashboards.variables()) {
      MatchResult parts =
          call.matcher(variable)
              .results()
              .findFirst()
              .orElseThrow(() -> new AssertionError(variable));
      String selector = parts.group(1).replaceAll("\\$\\w+", ".*");

      assertThat(prometheus.labelValues(selector, parts.group(2))).as(variable).isNotEmpty();
    }
    assertThat(prometheus.labelValues("retina_pod_packets_forwarded_total", "podname"))
        .contains("a", "b");
  }

  @Test
  void shouldHaveDataForEveryRule() {
    List<String> wrong = new ArrayList<>();
    for (RuleFiles.Rule rule : RuleFiles.all()) {
      List<Sample> samples = prometheus.query(rule.compared());
      if (samples.isEmpty() && !mayBeEmpty(rule.expression())) {
        wrong.add(rule + " has no data");
      }
      samples.stream()
          .filter(sample -> !(sample.value() >= 0 && Double.isFinite(sample.value())))
          .forEach(sample -> wrong.add(rule + ": " + sample));
    }

    assertThat(wrong).isEmpty();
    assertThat(prometheus.query("ALERTS{alertstate=\"firing\"}")).isEmpty();
  }

  /** What alerts compare. A ratio is of two rates, so the window does not matter to it. */
  @Test
  void shouldRecordTheAmountsThatPassed() {
    double dns = ANSWERED + NO_NAME + FAILED;
    assertThat(recorded("retina:dns_responses:rate5m")).isBetween(0.95 * dns, 1.3 * dns);
    assertThat(recorded("retina:apiserver_no_response:rate5m"))
        .isBetween(0.95 * SILENT, 1.3 * SILENT);
    assertThat(recorded("retina:workload_dropped_packets:rate5m")).isGreaterThan(0.95 * DATAGRAMS);
    assertThat(recorded("retina:workload_forwarded_bytes:rate5m")).isGreaterThan(3.2 * BYTES);
    assertThat(recorded("retina:tcp_retransmissions:rate5m")).isPositive();
    assertThat(value("retina:dns_errors:ratio5m"))
        .isBetween(0.9 * FAILED / dns, FAILED / dns * 1.1);
    assertThat(value("retina:dns_latency_seconds:p99_5m")).isBetween(1e-6, 0.5);
    assertThat(value("retina:tcp_retransmissions:ratio5m")).isBetween(1e-6, 1.0);
  }

  /** How much a rule of rates has counted: over the window of this test, as its own is too long. */
  private double recorded(String rule) {
    String expression = RuleFiles.named(rule).expression().replace("[5m]", "[" + WINDOW + "]");
    return value("sum(" + expression + ")") * WINDOW_SECONDS;
  }

  private double value(String expression) {
    return prometheus.query(expression).getFirst().value();
  }

  @Test
  void shouldAnswerTheQueriesOfDashboardsMadeForRetina() {
    for (String query : RetinaQueries.ALL) {
      assertThat(prometheus.query(query.replace("[W]", "[" + WINDOW + "]")))
          .as(query)
          .isNotEmpty()
          .allMatch(sample -> sample.value() >= 0);
    }
    assertThat(
            prometheus
                .query(
                    "histogram_quantile(0.99, sum by (le) (rate("
                        + "networkobservability_adv_node_apiserver_tcp_handshake_latency_bucket[120s])))")
                .getFirst()
                .value())
        .as("milliseconds")
        .isBetween(1e-3, 1_000.0);
  }

  @Test
  void shouldPassPromtoolAsItIsScraped(@TempDir Path directory) throws Exception {
    Path scrape = Files.writeString(directory.resolve("scrape.txt"), agent.get("/metrics"));
    Path said = directory.resolve("promtool.txt");

    Process promtool =
        new ProcessBuilder("promtool", "check", "metrics")
            .redirectInput(scrape.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();

    int code = promtool.waitFor();
    assertThat(code).as(Files.readString(said)).isZero();
    assertThat(prometheus.query("scrape_samples_scraped > 500")).isNotEmpty();
  }
}
