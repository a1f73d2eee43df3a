package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sh.retina.documentation.Block;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.Verdict;

class FlowLogFileTest {
  @Test
  void shouldReadWhatThePageShows() {
    assertThat(FlowLogFile.parse(Block.file(Path.of("docs/hubble.md"), "flowLogs")))
        .extracting(FlowLogSpec::name)
        .containsExactly("drops", "pairs", "topic");
  }

  @Test
  void shouldReadWhatHubblesConfigurationSays() {
    List<FlowLogSpec> specs =
        FlowLogFile.parse(
            """
            flowLogs:
            - name: drops
              filePath: /var/log/drops.log
              fieldMask: [time, source.pod_name]
              includeFilters:
              - verdict: [DROPPED]
                source_pod: [shop/]
              excludeFilters:
              - {destination_port: ["53"]}
              fileMaxSizeMb: 2
              fileMaxBackups: 0
              fileCompress: true
              end: 2026-10-09T23:59:59Z
            - name: pairs
              filePath: /var/log/pairs.log
              fieldAggregate: [source.namespace, destination.namespace]
              aggregationInterval: 30s
            - name: far
              otlpUrl: http://collector:4318/v1/logs
            - name: topic
              kafkaBootstrapServers: kafka-0.kafka:9092, kafka-1.kafka:9092
              kafkaTopic: flows
            - name: other-topic
              kafkaBootstrapServers: "[::1]:9092"
              kafkaTopic: team.a_flows-1
              kafkaCompression: none
              kafkaPropertiesPath: /etc/kafka/client.properties
            """);

    assertThat(specs)
        .containsExactly(
            new FlowLogSpec(
                "drops",
                new FlowLogSpec.File(Path.of("/var/log/drops.log"), 2 << 20, 0, true),
                List.of("time", "source.pod_name"),
                List.of(),
                Duration.ZERO,
                List.of(
                    new FlowChoice(
                        List.of(
                            FlowFilter.newBuilder()
                                .addVerdict(Verdict.DROPPED)
                                .addSourcePod("shop/")
                                .build()),
                        List.of(FlowFilter.newBuilder().addDestinationPort("53").build()),
                        false)),
                Instant.parse("2026-10-09T23:59:59Z")),
            new FlowLogSpec(
                "pairs",
                new FlowLogSpec.File(Path.of("/var/log/pairs.log"), 10 << 20, 5, false),
                List.of(),
                List.of("source.namespace", "destination.namespace"),
                Duration.ofSeconds(30),
                List.of(new FlowChoice(List.of(), List.of(), false)),
                null),
            new FlowLogSpec(
                "far",
                new FlowLogSpec.Otlp(URI.create("http://collector:4318/v1/logs")),
                List.of(),
                List.of(),
                Duration.ZERO,
                List.of(new FlowChoice(List.of(), List.of(), false)),
                null),
            all(
                "topic",
                new FlowLogSpec.Kafka(
                    "kafka-0.kafka:9092, kafka-1.kafka:9092", "flows", "gzip", null)),
            all(
                "other-topic",
                new FlowLogSpec.Kafka(
                    "[::1]:9092",
                    "team.a_flows-1",
                    "none",
                    Path.of("/etc/kafka/client.properties"))));
    assertThat(FlowLogFile.parse("")).isEmpty();
    assertThat(FlowLogFile.parse("flowLogs:")).isEmpty();
  }

  private static FlowLogSpec all(String name, FlowLogSpec.Target target) {
    return new FlowLogSpec(
        name,
        target,
        List.of(),
        List.of(),
        Duration.ZERO,
        List.of(new FlowChoice(List.of(), List.of(), false)),
        null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          flowLogs: [{name: a}]                                            | a name, and a filePath
          flowLogs: [{filePath: /a}]                                       | a name, and a filePath
          flowLogs: [{name: a, filePath: /a}, {name: a, filePath: /b}]     | another export
          flowLogs: [{name: a, filePath: /a}, {name: b, filePath: /a}]     | another export
          flowLogs: [{name: a, filePath: /a, fieldMask: [nothing]}]        | a: invalid fieldmask
          flowLogs: [{name: a, filePath: /a, includeFilters: [{pod: x}]}]  | not a filter
          flowLogs: [{name: a, filePath: /a, excludeFilters: [{source_ip: [x]}]}] | not an IP address
          flowLogs: [{name: a, filePath: /a, end: soon}]                   | RFC 3339
          flowLogs: [{name: a, filePath: /a, maxSize: 1}]                  | there is no key maxSize
          flowLogs: [{name: a, filePath: /a, fileMaxSizeMb: 0}]            | must be positive
          flowLogs: [{name: a, filePath: /a, otlpUrl: http://c/v1/logs}]   | make an export of each
          flowLogs: [{name: a, otlpUrl: "c:4317"}]                         | not the URL of a collector
          flowLogs: [{name: a, filePath: /a, kafkaTopic: t}]               | make an export of each
          flowLogs: [{name: a, kafkaTopic: t}]                             | kafkaBootstrapServers: not HOST:PORT
          flowLogs: [{name: a, kafkaTopic: t, kafkaBootstrapServers: "b"}] | kafkaBootstrapServers: not HOST:PORT
          flowLogs: [{name: a, kafkaTopic: t, kafkaBootstrapServers: "b:1 c:1"}] | with commas
          flowLogs: [{name: a, kafkaBootstrapServers: "b:1"}]              | kafkaTopic: not the name
          flowLogs: [{name: a, kafkaTopic: "a/b", kafkaBootstrapServers: "b:1"}] | kafkaTopic: not the name
          flowLogs: [{name: a, kafkaTopic: "..", kafkaBootstrapServers: "b:1"}] | kafkaTopic: not the name
          flowLogs: [{name: a, kafkaTopic: t, kafkaBootstrapServers: "b:1", kafkaCompression: zstd}] | kafkaCompression: gzip or none
          flowLogs: 7                                                      | not a list
          flowLogs: [                                                      | not YAML
          """)
  void shouldSayWhatCannotBeUsed(String yaml, String text) {
    assertThatThrownBy(() -> FlowLogFile.parse(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }
}
