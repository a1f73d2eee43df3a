package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.observer.ExportEvent;

/** What a real broker takes. {@code KafkaExportIT} has an agent before it. */
@EnabledIf(
    value = "sh.retina.export.flowlog.KafkaBroker#isThere",
    disabledReason = "no Kafka broker here: run bin/kafka-broker build")
class KafkaSinkIT {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");

  @TempDir private static Path storage;
  private static KafkaBroker broker;

  private final ExportCounts faults = new ExportCounts();

  @TempDir private Path directory;

  @BeforeAll
  static void start() throws IOException {
    broker = KafkaBroker.in(storage).ready();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static ExportEvent flow(int number, String summary) {
    return ExportEvent.newBuilder()
        .setFlow(Flow.newBuilder().setUuid("u" + number).setSummary(summary))
        .build();
  }

  private KafkaSink sink(
      String servers, String topic, String compression, @Nullable Path properties)
      throws IOException {
    return KafkaSink.to(
        new FlowLogSpec.Kafka(servers, topic, compression, properties), NODE, faults);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "none"})
  void shouldKeepTheOrderOfANodeInOnePartition(String compression) throws IOException {
    KafkaSink sink = sink(broker.address(), "ordered-" + compression, compression, null);
    for (int i = 0; i < 2_000; i++) {
      sink.write(flow(i, "of no matter"));
    }
    sink.flush();
    sink.close();

    List<ConsumerRecord<String, String>> records = broker.records("ordered-" + compression);
    assertThat(records).extracting(ConsumerRecord::key).containsOnly("n1");
    assertThat(records.stream().map(ConsumerRecord::partition).distinct()).hasSize(1);
    assertThat(records)
        .extracting(ConsumerRecord::value)
        .containsExactlyElementsOf(
            IntStream.range(0, 2_000)
                .mapToObj(i -> "{\"flow\":{\"uuid\":\"u" + i + "\",\"Summary\":\"of no matter\"}}")
                .toList());
  }

  @Test
  void shouldPassOverWhatATopicHasNoRoomFor() throws IOException {
    broker.create("narrow", Map.of("max.message.bytes", "500"));
    KafkaSink sink = sink(broker.address(), "narrow", "none", null);

    sink.write(flow(1, "short"));
    sink.write(flow(2, "long ".repeat(200)));
    sink.write(flow(3, "short"));
    sink.flush();
    sink.write(flow(4, "short"));
    sink.flush();
    sink.close();

    assertThat(broker.records("narrow"))
        .extracting(record -> record.value().substring(10, 20))
        .containsExactly("uuid\":\"u1\"", "uuid\":\"u3\"", "uuid\":\"u4\"");
    assertThat(faults.refusedFlows()).isEqualTo(1);
  }

  @Test
  void shouldSayWhoItIsAndWhomItTrustsByAFile() throws IOException {
    Path file = directory.resolve("client.properties");
    Files.writeString(file, broker.properties("retina-secret"));
    KafkaSink sink = sink(broker.guardedAddress(), "guarded", "gzip", file);
    sink.write(flow(1, ""));
    sink.flush();
    sink.close();
    assertThat(broker.records("guarded")).hasSize(1);

    Files.writeString(file, broker.properties("hunter2"));
    KafkaSink stranger = sink(broker.guardedAddress(), "guarded", "gzip", file);
    assertThatThrownBy(
            () -> {
              stranger.write(flow(2, ""));
              stranger.flush();
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Authentication failed")
        .message()
        .doesNotContain("hunter2");
    stranger.close();

    Files.writeString(
        file,
        broker
            .properties("retina-secret")
            .lines()
            .filter(line -> !line.startsWith("ssl.truststore"))
            .collect(Collectors.joining("\n")));
    KafkaSink careful = sink(broker.guardedAddress(), "guarded", "gzip", file);
    assertThatThrownBy(
            () -> {
              careful.write(flow(3, ""));
              careful.flush();
            })
        .as("a server of an authority that nobody has named")
        .isInstanceOf(IOException.class)
        .hasMessageContaining("SSL");
    careful.close();
    assertThat(broker.records("guarded")).hasSize(1);
  }
}
