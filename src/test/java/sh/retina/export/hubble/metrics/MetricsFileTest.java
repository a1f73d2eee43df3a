package sh.retina.export.hubble.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import sh.retina.documentation.Block;
import sh.retina.event.Observation;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.CiliumEventType;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.Verdict;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowRequest;

/**
 * Metrics by a file, as Hubble's dynamic configuration writes it, that changes while they count.
 */
class MetricsFileTest {
  private static final String FLOW_SERIES =
      "hubble_flows_processed_total{protocol=\"Unknown L4\",source=\"\",subtype=\"to-endpoint\","
          + "type=\"Trace\",verdict=\"FORWARDED\"} ";

  @TempDir private Path directory;

  /** A stream for each that is open, with what it asks for. */
  private final Map<FlowRequest, Sinks.Many<FlowItem>> streams = new java.util.LinkedHashMap<>();

  private final List<FlowRequest> closed = new ArrayList<>();

  private Flux<FlowItem> source(FlowRequest request) {
    Sinks.Many<FlowItem> items = Sinks.many().multicast().directBestEffort();
    streams.put(request, items);
    return items
        .asFlux()
        .doOnCancel(() -> {
          streams.remove(request);
          closed.add(request);
        });
  }

  private void send(Verdict verdict) {
    Observation o = new Observation();
    o.verdict =
        verdict == Verdict.DROPPED
            ? sh.retina.event.Verdict.DROPPED
            : sh.retina.event.Verdict.FORWARDED;
    Flow flow =
        Flow.newBuilder()
            .setVerdict(verdict)
            .setEventType(CiliumEventType.newBuilder().setType(4))
            .build();
    List.copyOf(streams.entrySet())
        .forEach(entry -> {
          if (entry.getKey().filter().matches(o)) {
            entry.getValue().tryEmitNext(new FlowItem.Item("1.0", flow)).orThrow();
          }
        });
  }

  private HubbleMetrics metrics(String yaml) throws IOException {
    write(yaml);
    return new HubbleMetrics(
        "", file().toString(), 0, this::source, new FlowNode("n1", "", "0.1.0"), _ -> {});
  }

  private Path file() {
    return directory.resolve("metrics.yaml");
  }

  private void write(String yaml) throws IOException {
    Files.writeString(file(), yaml);
  }

  @Test
  void shouldReadWhatThePageShows() {
    assertThat(MetricsFile.parse(Block.file(Path.of("docs/hubble.md"), "metrics"))).hasSize(1);
  }

  @Test
  void shouldReadWhatHubblesConfigurationSays() {
    assertThat(
            MetricsFile.parse(
                """
                metrics:
                - name: dns
                  contextOptions:
                  - {name: sourceContext, values: [pod, ip]}
                  - {name: labelsContext, values: [source_ip, destination_ip]}
                  - {name: ignoreAAAA}
                  includeFilters:
                  - verdict: [DROPPED]
                  excludeFilters:
                  - source_pod: [kube-system/]
                - name: flow
                """))
        .containsExactly(
            new MetricSpec(
                "dns",
                Map.of(
                    "sourcecontext", "pod|ip",
                    "labelscontext", "source_ip,destination_ip",
                    "ignoreaaaa", ""),
                new MetricSpec.Choice(
                    List.of(FlowFilter.newBuilder().addVerdict(Verdict.DROPPED).build()),
                    List.of(FlowFilter.newBuilder().addSourcePod("kube-system/").build()))),
            new MetricSpec("flow", Map.of(), MetricSpec.Choice.ALL));
    assertThat(MetricsFile.parse("")).isEmpty();
    assertThat(MetricsFile.parse("metrics: []")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          metrics: 7                                              | metrics: not a list
          [a]                                                     | the file: not a map
          metrics: [{contextOptions: []}]                         | has no name
          metrics: [{name: dns, colour: red}]                     | dns: there is no key colour
          metrics: [{name: dns}, {name: dns}]                     | dns: this metric is there twice
          metrics: [{name: dns, includeFilters: [{verdict: [X]}]}] | dns: not a filter
          metrics: [{name: dns, contextOptions: [{name: sourceContext, values: [x]}]}] | is none of app, dns
          """)
  void shouldSayWhatIsWrong(String yaml, String fault) {
    assertThatThrownBy(() -> MetricsFile.parse(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(fault);
  }

  @Test
  void shouldCountByWhatTheFileSaysNow() throws IOException {
    try (HubbleMetrics metrics =
        metrics(
            "metrics: [{name: flow, contextOptions: [{name: sourceContext, values: [pod]}]}]")) {
      send(Verdict.FORWARDED);
      write(
          """
          metrics:
          - name: flow
            contextOptions: [{name: sourceContext, values: [pod]}]
            includeFilters: [{verdict: [DROPPED]}]
          - name: drop
          """);
      metrics.read();
      send(Verdict.FORWARDED);
      send(Verdict.DROPPED);

      assertThat(metrics.text())
          .as("what was counted stays, the filter holds from now on")
          .contains(FLOW_SERIES + "1\n")
          .contains("verdict=\"DROPPED\"} 1\n")
          .contains("hubble_drop_total{");
      assertThat(streams).as("one for each choice of flows").hasSize(2);

      write("metrics: [{name: drop}]");
      metrics.read();
      assertThat(metrics.text())
          .doesNotContain("hubble_flows_processed_total")
          .contains("hubble_drop_total{");
      assertThat(streams).hasSize(1);
    }
    assertThat(streams).isEmpty();
    assertThat(closed).hasSize(2);
  }

  @Test
  void shouldLeaveWhatCountsWhereTheFileCannotBeUsed() throws IOException {
    try (HubbleMetrics metrics = metrics("metrics: [{name: flow}]")) {
      for (String bad :
          List.of(
              "metrics: {",
              "metrics: [{name: flow}, {name: flow}]",
              "metrics: [{name: flow, contextOptions: [{name: sourceContext, values: [ip]}]}]",
              "metrics: [{name: flow, includeFilters: [{source_ip: [x]}]}]")) {
        write(bad);
        metrics.read();
        send(Verdict.FORWARDED);
      }
      Files.delete(file());
      metrics.read();
      send(Verdict.FORWARDED);

      assertThat(metrics.text()).contains("verdict=\"FORWARDED\"} 5\n");
      assertThat(closed).isEmpty();
    }
  }
}
