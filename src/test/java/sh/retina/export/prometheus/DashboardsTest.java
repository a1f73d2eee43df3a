package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.event.NodeMetric;
import sh.retina.operator.OperatorMetric;
import tools.jackson.databind.JsonNode;

/**
 * Dashboards, rules and runbooks as files: they name metrics that there are. What they answer is
 * asked of a real Prometheus in PrometheusIT.
 */
class DashboardsTest {
  private static final Path RUNBOOKS = Path.of("docs", "runbooks");

  private static final Pattern NAME = Pattern.compile("\\b(retina|jvm|process)_[a-z0-9_]+\\b");
  private static final Pattern SELECTOR =
      Pattern.compile("\\b((?:retina|jvm)_[a-z0-9_]+)\\{([^}]*)}");
  private static final Pattern MATCHER = Pattern.compile("([a-z_]+) *(=~|!~|!=|=)");

  /** Of Prometheus, and of the pod's context. */
  private static final Set<String> OTHER_LABELS =
      Set.of("cluster", "instance", "namespace", "podname", "workload_name", "le", "area");

  private static Set<String> known() {
    Set<String> names = new HashSet<>(List.of("jvm_memory_used_bytes"));
    Arrays.stream(MetricName.values())
        .forEach(metric -> addTo(names, metric.exposed(), metric.prometheusType()));
    MetricNameTest.nodeMetrics().map(NodeMetric::exposed).forEach(names::add);
    Arrays.stream(OperatorMetric.values()).map(OperatorMetric::exposed).forEach(names::add);
    return names;
  }

  private static void addTo(Set<String> names, String name, String type) {
    if (type.equals("histogram")) {
      Stream.of("_bucket", "_count", "_sum").forEach(suffix -> names.add(name + suffix));
    }
    names.add(name); // of a histogram the native one
  }

  private static List<String> ownLabels(String name) {
    return Stream.of(
            Arrays.stream(OperatorMetric.values())
                .filter(metric -> metric.exposed().equals(name))
                .flatMap(metric -> metric.labels().stream()),
            Arrays.stream(MetricName.values())
                .filter(metric -> name.matches(metric.exposed() + "(_bucket)?"))
                .flatMap(metric -> metric.labels().stream()),
            MetricNameTest.nodeMetrics()
                .filter(metric -> metric.exposed().equals(name))
                .flatMap(metric -> metric.labels().stream()))
        .flatMap(labels -> labels)
        .toList();
  }

  private static List<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }

  private static List<String> expressions() {
    List<String> all = new ArrayList<>();
    Dashboards.queries().forEach(query -> all.add(query.expression()));
    all.addAll(Dashboards.variables());
    Dashboards.captureQueries().forEach(query -> all.add(query.expression()));
    all.addAll(Dashboards.captureVariables());
    RuleFiles.all().forEach(rule -> all.add(rule.expression()));
    return all;
  }

  @Test
  void shouldNameMetricsAndLabelsThatThereAre() {
    Set<String> known = known();
    List<String> expressions = expressions();
    for (String expression : expressions) {
      String query = expression.replaceAll("\"[^\"]*\"", "\"\"");
      assertThat(matches(NAME, query).stream().map(MatchResult::group))
          .as(expression)
          .allMatch(known::contains);
      for (MatchResult selector : matches(SELECTOR, query)) {
        List<String> own = ownLabels(selector.group(1));
        assertThat(matches(MATCHER, selector.group(2)).stream().map(match -> match.group(1)))
            .as(expression)
            .allMatch(label -> own.contains(label) || OTHER_LABELS.contains(label));
      }
    }
    assertThat(expressions).hasSizeGreaterThan(100);
  }

  /** A Prometheus that takes native histograms may have no others. */
  @Test
  void shouldAskForNativeHistogramsWhereThereAreNoClassicOnes() {
    List<String> quantiles =
        expressions().stream().filter(expression -> expression.contains("_bucket")).toList();
    for (String expression : quantiles) {
      String[] sides = expression.split("\\s+or\\s+", -1);
      assertThat(sides).as(expression).hasSize(2);
      String expected =
          sides[0]
              .strip()
              .replace("_bucket", "")
              .replace("sum by (le) ", "sum")
              .replace("le, ", "")
              .replace(", le", "");
      assertThat(sides[1].strip()).isEqualTo(expected);
    }
    assertThat(quantiles).hasSizeGreaterThan(15);
  }

  @Test
  void shouldHaveOneDataSourceVariableAndIdsOfTheirOwn() {
    Set<String> ids = new HashSet<>();
    for (Path file : Dashboards.files()) {
      JsonNode dashboard = Dashboards.read(file);
      assertThat(ids.add(dashboard.get("uid").asString())).as(file.toString()).isTrue();
      assertThat(dashboard.get("templating").get("list").get(0).get("type").asString())
          .isEqualTo("datasource");
      Set<Integer> panels = new HashSet<>();
      for (JsonNode panel : dashboard.get("panels")) {
        assertThat(panels.add(panel.get("id").asInt())).as("%s %s", file, panel).isTrue();
        if (panel.has("targets")) {
          assertThat(panel.get("datasource").get("uid").asString()).isEqualTo("${datasource}");
        }
      }
    }
    assertThat(ids).hasSize(8);
  }

  @Test
  void shouldHaveARunbookForEachAlertAndNoOther() throws IOException {
    Set<String> linked = new HashSet<>();
    for (RuleFiles.Rule alert : RuleFiles.alerts()) {
      linked.add(alert.runbook());
      assertThat(Files.readString(Path.of(alert.runbook()))).contains("`" + alert.name() + "`");
    }
    try (Stream<Path> pages = Files.list(RUNBOOKS)) {
      assertThat(pages.map(Path::toString)).containsExactlyInAnyOrderElementsOf(linked);
    }
  }

  @Test
  void shouldFireAsTheRuleTestsSay(@TempDir Path directory)
      throws IOException, InterruptedException {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/promtool")),
        "promtool is not installed: Debian's package prometheus has it");
    Path said = directory.resolve("promtool.txt");
    Path tests = Path.of("src", "test", "resources", "rules", "alerts_test.yaml");

    Process promtool =
        new ProcessBuilder("promtool", "test", "rules", tests.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();

    assertThat(promtool.waitFor()).as(Files.readString(said)).isZero();
    String covered = Files.readString(tests);
    assertThat(RuleFiles.alerts())
        .allMatch(alert -> covered.contains("name: " + alert.name() + " fires"))
        .allMatch(alert -> covered.contains("name: " + alert.name() + " is quiet"));
  }
}
