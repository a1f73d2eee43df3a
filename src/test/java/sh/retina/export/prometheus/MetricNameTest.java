package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import sh.retina.event.NodeMetric;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.PluginFactories;

class MetricNameTest {
  private static final Path PAGE = Path.of("docs", "metrics.md");
  private static final String REWRITE = "retina.docs.write";

  /** Whom a metric is about, as its name says. */
  private enum Level {
    NODE,
    POD,
    AGENT;

    static Level of(MetricName metric) {
      String name = metric.exposed();
      if (name.startsWith("retina_agent_") || name.startsWith("retina_metrics_")) {
        return AGENT;
      }
      return name.startsWith("retina_pod_") ? POD : NODE;
    }
  }

  @ParameterizedTest
  @EnumSource(MetricName.class)
  void shouldBeTheNameThatMicrometerMakes(MetricName metric) {
    Meter.Type shown = metric.getType() == Meter.Type.TIMER ? Meter.Type.GAUGE : metric.getType();

    String name = new PrometheusNamingConvention().name(metric.getName(), shown, null);

    String suffix = shown == Meter.Type.COUNTER && !name.endsWith("_total") ? "_total" : "";
    assertThat(name + suffix).isEqualTo(metric.exposed());
  }

  @ParameterizedTest
  @EnumSource(MetricName.class)
  void shouldSayTheUnitAndTheType(MetricName metric) {
    assertThat(metric.exposed()).matches("retina_[a-z][a-z_]*[a-z]");
    assertThat(metric.exposed().endsWith("_total"))
        .isEqualTo(metric.getType() == Meter.Type.COUNTER);
    assertThat(metric.help()).isNotBlank().doesNotEndWith(".");
    assertThat(metric.getKeyNames()).hasSize(metric.labels().size());
  }

  @ParameterizedTest
  @MethodSource("nodeMetrics")
  void shouldSayTheUnitAndTheTypeInAPluginToo(NodeMetric metric) {
    assertThat(metric.exposed()).matches("retina_[a-z][a-z_]*[a-z]");
    assertThat(metric.exposed().endsWith("_total"))
        .isEqualTo(metric.kind() == NodeMetric.Kind.COUNTER);
    assertThat(metric.help()).isNotBlank().doesNotEndWith(".");
    assertThat(metric.labels()).allMatch(label -> label.matches("[a-z][a-z_]*"));
    assertThat(metric.labels()).doesNotHaveDuplicates();
    assertThat(metric.networkObservabilityName()).matches("(networkobservability_[a-z_]*[a-z])?");
    assertThat(metric).isInstanceOf(Enum.class);
  }

  /** Two plugins may feed one metric, if they agree what it is. */
  @Test
  void shouldMeanOneThingByAName() {
    Map<String, String> rows = new HashMap<>();
    Arrays.stream(MetricName.values()).forEach(metric -> rows.put(metric.exposed(), row(metric)));
    nodeMetrics()
        .forEach(metric ->
            assertThat(rows.merge(metric.exposed(), row(metric), (before, _) -> before))
                .isEqualTo(row(metric)));
    assertThat(nodeMetrics()).isNotEmpty();
  }

  /** Of every plugin of the class path, by its name. */
  static Stream<NodeMetric> nodeMetrics() {
    CommonSettings common = new CommonSettings(false, Duration.ofSeconds(30), 1);
    Binder binder = new Binder(new MapConfigurationPropertySource(Map.of()));
    return PluginFactories.all().stream()
        .map(factory ->
            PluginFactories.create(factory, type -> binder.bindOrCreate("none", type), common))
        .flatMap(plugin -> plugin.metrics().stream());
  }

  @Test
  void shouldBeDocumentedAsItIs() throws IOException {
    String page = page();
    if (Boolean.getBoolean(REWRITE)) {
      Files.writeString(PAGE, page);
    }

    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as(
            "%s is out of date; rewrite it with: ./mvnw test -Dtest=MetricNameTest -D%s=true",
            PAGE, REWRITE)
        .isEqualTo(page);
  }

  private static String page() {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    for (Level level : Level.values()) {
      page.append('\n').append(heading(level)).append('\n');
      page.append("| metric | type | labels | meaning | networkobservability name |\n");
      page.append("|---|---|---|---|---|\n");
      Arrays.stream(MetricName.values())
          .filter(metric -> Level.of(metric) == level)
          .forEach(metric -> page.append(row(metric)));
      if (level == Level.NODE) {
        nodeMetrics().map(MetricNameTest::row).distinct().forEach(page::append);
      }
    }
    return page.toString();
  }

  private static String row(MetricName metric) {
    return row(
        metric.exposed(),
        metric.prometheusType(),
        metric.labels(),
        metric.help(),
        metric.networkObservabilityName());
  }

  private static String row(NodeMetric metric) {
    return row(
        metric.exposed(),
        metric.kind().name().toLowerCase(Locale.ROOT),
        metric.labels(),
        metric.help(),
        metric.networkObservabilityName());
  }

  private static String row(
      String exposed, String type, List<String> labels, String help, String other) {
    return "| `%s` | %s | %s | %s | %s |\n"
        .formatted(
            exposed,
            type,
            labels.isEmpty() ? "" : "`" + String.join("`, `", labels) + "`",
            help,
            other.isEmpty() ? "" : "`" + other + "`");
  }

  private static String heading(Level level) {
    return switch (level) {
      case NODE -> "## Node\n\nAlways there for a plugin that is enabled.\n";
      case POD ->
          """
          ## Pod

          With `retina.pod-level.enabled`. Each has the context labels on top of its own.
          """;
      case AGENT -> "## The agent about itself\n";
    };
  }

  private static final String INTRODUCTION =
      """
      # Metrics

      <!-- Made from MetricName and the plugins' NodeMetric by MetricNameTest: ./mvnw test -Dtest=MetricNameTest -Dretina.docs.write=true -->

      `GET /metrics` and `GET /actuator/prometheus` show the same: Prometheus text, or OpenMetrics or Prometheus's
      protobuf when the `Accept` header prefers it; [histograms, native ones and exemplars](prometheus.md#native-histograms-and-exemplars).
      What fails to be read is left out, counted and logged; the rest of the scrape is there.

      ## Names

      `retina.metrics.naming` chooses: `retina` (default), `networkobservability` (the names in the last column, which existing
      Retina dashboards query) or `both`. A metric without such a name keeps its own. Counters have no type under the other
      name, because OpenMetrics lets no counter be without `_total`; their values are the same. `{direction}` there stands for
      the label's value, which is then no label.

      ## What counts where

      A packet between two pods of a node passes two interfaces, one to another node passes the node's as well. Each series
      counts at one of them:

      | traffic | counts | as |
      |---|---|---|
      | leaves a pod | at the pod's interface | egress of the source |
      | enters a pod | at the pod's interface | ingress of the destination |
      | of the node itself | at the node's interface | egress or ingress of the node |
      | conntrack metrics | at the first point on the node | tx: from the side that opened the connection, or not known; rx: reply |
      | dropped | once | the side that is a pod of this node, else this node, else a pod elsewhere; of two equal ones the source, unless the event says ingress |
      | handshake time | where the SYN-ACK reaches the client | the client |
      | round trip | at the interface that measured it | its owner |
      | what a TCP socket tells | once for each socket | its owner: by address, or by the socket's cgroup. Handshake and round trip only without `packetparser`, which tells the same |

      What comes through a pod's interface from an address that no pod or node owns is `unknown`.

      ## Context labels

      `retina.pod-level.labels`, joined by `+`: `ip`, `namespace`, `podname`, `workload` (`workload_kind` and `workload_name`, the
      top owner), `service`, `port`, `zone`, `node`, and `podlabel/KEY` for a label of the pod, such as `podlabel/app`, which is
      shown as `label_app` (what Prometheus takes in no name becomes `_`). With `retina.pod-level.context: local` they are those of one side and
      `direction` says whose view it is; with `remote` both sides are there, as `source_…` and `destination_…`. For times,
      `source_` is the side that measured. An unknown value is `unknown`. Flags have no direction: with `remote`, packets
      between two pods of a node count where they leave.

      Pods whose labels are equal share a series: a pod that changes in what no label shows goes on in the same one.

      ## The API server

      Its address is what `retina.api-server.addresses` says, else what Kubernetes tells every pod, and that of the Service
      `default/kubernetes`. A pod's round trips and handshakes are measured at its own interface, those of the node itself at
      the network's; where the node sends a pod's packets on under its own address, both count. No response is an attempt
      to connect whose first SYN, and what was sent after it, got nothing back for 4 s or until the attempt ended; a refusal is
      a response. Under the other names times are in milliseconds.

      ## How many series

      `retina.metrics.max-series` bounds the pod-level series together, counted as Prometheus does: a histogram is one per
      bucket and two more. Past it, what would be a new series goes to one whose context labels are `overflow`; its own labels
      stay, so that sums by reason, direction or flag are exact too. These come on top of the bound: one per metric and
      value of the own labels. `retina_metrics_overflow_total` counts what went there. A series that is not updated for its
      time to live goes, and those of a deleted pod go a minute later, if no other pod has used them since.

      Labels, bound and time to live can be chosen [metric by metric](configuration.md#metrics-one-by-one), and all of it while
      the agent runs. `retina_metrics_budget_used_ratio` says how much of a bound is used; at 0.8 the log says so, once.
      `GET /metrics/cardinality` says as JSON which metric has how many series, and for each label how many there would be
      without it, the costliest label first, with the values that most series have; `kubectl retina cardinality`
      adds it up over the agents ([command line](cli.md)).

      Of the JVM and the process there are memory, garbage collection, threads, open files and the start time, by
      Micrometer's names; Spring Boot's other meters are off.
      """;
}
