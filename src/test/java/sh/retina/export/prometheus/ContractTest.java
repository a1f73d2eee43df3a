package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import sh.retina.event.NodeMetric;
import sh.retina.pipeline.PodLevel;

/**
 * The metrics that were promised, by both names: contract.csv was written by hand from what users
 * were told, and is not made of the code. Those of Windows nodes are not in it.
 */
class ContractTest {
  private static final Map<String, Row> KNOWN =
      Stream.concat(
              Arrays.stream(MetricName.values()).map(Row::of),
              MetricNameTest.nodeMetrics().map(Row::of))
          .distinct()
          .collect(Collectors.toMap(Row::name, row -> row));

  private static final List<String> SHOWN =
      Stream.of(Naming.values())
          .flatMap(naming ->
              new Agent(naming, PodLevel.Context.LOCAL)
                  .withTraffic()
                  .withDns()
                  .withSockets()
                  .text()
                  .lines())
          .toList();

  private record Row(String name, String type, List<String> labels, String other) {
    static Row of(MetricName metric) {
      return new Row(
          metric.exposed(),
          metric.prometheusType(),
          metric.labels(),
          metric.networkObservabilityName());
    }

    static Row of(NodeMetric metric) {
      return new Row(
          metric.exposed(),
          metric.kind() == NodeMetric.Kind.COUNTER ? "counter" : "gauge",
          metric.labels(),
          metric.networkObservabilityName());
    }
  }

  @ParameterizedTest
  @CsvFileSource(resources = "contract.csv", delimiter = ';', emptyValue = "")
  void shouldKeepWhatWasPromised(String name, String type, String labels, String other) {
    List<String> names = labels == null ? List.of() : List.of(labels.split(" ", -1));

    assertThat(KNOWN).containsKey(name);
    Row row = Objects.requireNonNull(KNOWN.get(name));
    assertThat(row.type()).isEqualTo(type);
    assertThat(row.labels()).containsExactlyInAnyOrderElementsOf(names);
    assertThat(row.other()).isEqualTo(other == null ? "" : other);
  }

  /** Plugins' own are in {@link StatMetersTest}. */
  @ParameterizedTest
  @CsvFileSource(resources = "contract.csv", delimiter = ';', emptyValue = "")
  void shouldShowItByBothNames(String name, String type, String labels, String other) {
    if (Arrays.stream(MetricName.values()).noneMatch(metric -> metric.exposed().equals(name))) {
      return;
    }
    assertThat(SHOWN).contains("# TYPE " + name + " " + type);
    for (String renamed :
        other == null
            ? List.<String>of()
            : other.contains("{")
                ? List.of(other.replace("{direction}", "tx"), other.replace("{direction}", "rx"))
                : List.of(other)) {
      assertThat(SHOWN)
          .contains("# TYPE " + renamed + " " + (type.equals("counter") ? "untyped" : type))
          .anyMatch(line -> line.matches(renamed + "(_bucket)?(\\{.*})? [0-9.E]+"));
    }
  }
}
