package sh.retina.export.flowlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.observer.ExportEvent;

class KafkaSinkTest {
  private static final FlowNode NODE = new FlowNode("n1", "", "0.1.0");
  private static final String SECRET = "hunter2";

  @TempDir private Path directory;
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final ExportCounts faults = new ExportCounts();
  private final KafkaSink sink =
      new KafkaSink(target(null), NODE, producer, Duration.ofMillis(10), faults);

  private static FlowLogSpec.Kafka target(@Nullable Path properties) {
    return new FlowLogSpec.Kafka("127.0.0.1:9", "flows", "gzip", properties);
  }

  private FlowLogSpec.Kafka with(String properties) throws IOException {
    return target(Files.writeString(directory.resolve("client.properties"), properties));
  }

  private static ExportEvent flow(int number) {
    return ExportEvent.newBuilder()
        .setNodeName("n1")
        .setFlow(Flow.newBuilder().setUuid("u" + number))
        .build();
  }

  @Test
  void shouldSendTheLineOfAFileUnderTheNodesName() throws IOException {
    sink.write(flow(1));
    producer.completeNext();
    sink.flush();

    ProducerRecord<byte[], byte[]> record = producer.history().getFirst();
    assertThat(record.topic()).isEqualTo("flows");
    assertThat(record.key()).asString(StandardCharsets.UTF_8).isEqualTo("n1");
    assertThat(record.value())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("{\"flow\":{\"uuid\":\"u1\"},\"node_name\":\"n1\"}");
  }

  @Test
  void shouldNotGatherMoreThanABatch() throws IOException {
    for (int i = 0; i < 511; i++) {
      sink.write(flow(i));
    }

    assertThatThrownBy(() -> sink.write(flow(511)))
        .as("nobody acknowledges")
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no acknowledgement within");
    for (int i = 0; i < 512; i++) {
      producer.completeNext();
    }
    sink.flush();
    sink.write(flow(512));
    assertThat(producer.history()).hasSize(513);
  }

  @Test
  void shouldSendNothingAfterWhatCouldNotBeSent() throws IOException {
    Producer<byte[], byte[]> refusing =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
            return CompletableFuture.failedFuture(new TimeoutException("no metadata"));
          }
        };
    KafkaSink one = new KafkaSink(target(null), NODE, refusing, Duration.ofMillis(10), faults);

    assertThatThrownBy(() -> one.write(flow(1))).hasMessageContaining("no metadata");
  }

  @Test
  void shouldSayThatNothingWasTaken() throws IOException {
    sink.write(flow(1));
    producer.errorNext(new TimeoutException("nobody there"));
    sink.write(flow(2));

    assertThatThrownBy(sink::flush)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("topic flows at 127.0.0.1:9: ")
        .hasMessageContaining("nobody there");
  }

  @Test
  void shouldSayThatNobodyIsThere() {
    producer.sendException = new TimeoutException("no metadata");

    assertThatThrownBy(() -> sink.write(flow(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no metadata");
  }

  @Test
  void shouldPassOverWhatATopicHasNoRoomFor() throws IOException {
    sink.write(flow(1));
    producer.errorNext(new RecordTooLargeException("1 MB"));
    sink.write(flow(2));
    producer.completeNext();

    sink.flush();

    assertThat(producer.history()).hasSize(2);
  }

  @Test
  void shouldLetAFileSayAllButWhatIsPromised() throws IOException {
    FlowLogSpec.Kafka target =
        with(
            """
            security.protocol=SASL_SSL
            linger.ms=100
            acks=0
            delivery.timeout.ms=30000
            enable.idempotence=false
            transactional.id=t
            bootstrap.servers=elsewhere:9092
            compression.type=zstd
            """);

    assertThat(KafkaSink.settings(target, NODE))
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("linger.ms", "100")
        .containsEntry("acks", "all")
        .containsEntry("delivery.timeout.ms", Integer.MAX_VALUE)
        .containsEntry("enable.idempotence", true)
        .containsEntry("bootstrap.servers", "127.0.0.1:9")
        .containsEntry("compression.type", "gzip")
        .containsEntry("client.id", "retina-n1")
        .doesNotContainKey("transactional.id");
  }

  @Test
  void shouldNameAFileThatIsNotThere() {
    assertThatThrownBy(() -> KafkaSink.to(target(directory.resolve("none")), NODE, faults))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.resolve("none").toString());
  }

  /** The client quotes some of these. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "PlainLoginModule required username=u password=my hunter2;",
        "PlainLoginModule hunter2 username=u password=\"x\";",
        "PlainLoginModule required username=\"u\" password=\"hunter2\"",
        "hunter2 required;",
        "hunter2"
      })
  void shouldSayWhatIsWrongWithoutTheSecret(String line) throws IOException {
    FlowLogSpec.Kafka target =
        with("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=" + line);

    assertThatThrownBy(() -> KafkaSink.to(target, NODE, faults))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("client.properties: ")
        .hasNoCause()
        .message()
        .doesNotContain(SECRET);
  }

  @Test
  void shouldNameTheSettingThatIsWrong() throws IOException {
    assertThatThrownBy(() -> KafkaSink.to(with("security.protocol=none"), NODE, faults))
        .hasMessageContaining("security.protocol");
    assertThatThrownBy(() -> KafkaSink.to(with("linger.ms=long"), NODE, faults))
        .hasMessageContaining("linger.ms");
  }
}
