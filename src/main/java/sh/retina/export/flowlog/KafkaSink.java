package sh.retina.export.flowlog;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.flow.FlowJson;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.observer.ExportEvent;

/**
 * Flows as records of a Kafka topic. The value is the line that a file would have; the key is the
 * node's name, so that one partition has all flows of a node, in order. A batch of up to {@value
 * #RECORDS} is acknowledged by all replicas in sync before it counts as written. A record that the
 * topic has no room for is counted, logged and not sent again, as it would be refused again. Not
 * thread-safe.
 */
final class KafkaSink implements FlowSink {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaSink.class);
  private static final int RECORDS = 512;
  private static final int BLOCKS_MS = 5_000;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final FlowLogSpec.Kafka target;
  private final byte[] key;
  private final Producer<byte[], byte[]> producer;
  private final Duration patience;
  private final ExportCounts faults;
  private final List<Future<RecordMetadata>> sent = new ArrayList<>();

  /**
   * @param patience for the acknowledgement of a batch
   */
  KafkaSink(
      FlowLogSpec.Kafka target,
      FlowNode node,
      Producer<byte[], byte[]> producer,
      Duration patience,
      ExportCounts faults) {
    this.target = target;
    this.key = node.name().getBytes(StandardCharsets.UTF_8);
    this.producer = producer;
    this.patience = patience;
    this.faults = faults;
  }

  /** With a connection of its own; its file of properties is read now. */
  static KafkaSink to(FlowLogSpec.Kafka target, FlowNode node, ExportCounts faults)
      throws IOException {
    Map<String, Object> settings = settings(target, node);
    try {
      return new KafkaSink(
          target,
          node,
          new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()),
          PATIENCE,
          faults);
    } catch (KafkaException e) {
      throw new IOException(
          "no client for Kafka at "
              + target.servers()
              + (target.properties() == null ? "" : " with " + target.properties())
              + ": "
              + reason(e, settings));
    }
  }

  /** What may be set otherwise, then what the file says, then what is promised. */
  static Map<String, Object> settings(FlowLogSpec.Kafka target, FlowNode node) throws IOException {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.CLIENT_ID_CONFIG, "retina-" + node.name());
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCKS_MS);
    settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, BLOCKS_MS);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 8 << 20); // of an agent's 96 MiB
    settings.put(ProducerConfig.METRIC_REPORTER_CLASSES_CONFIG, ""); // nobody reads them
    settings.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    Path file = target.properties();
    if (file != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(file)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException("cannot read the properties of Kafka's client: " + e, e);
      }
      properties
          .stringPropertyNames()
          .forEach(name -> settings.put(name, properties.getProperty(name)));
    }
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, target.servers());
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, target.compression());
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    settings.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
    // The client gives up batch by batch, and sends those after: here all are given up or none.
    settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
    return settings;
  }

  /** Why, without a piece of a secret: the client quotes what it cannot read of one. */
  private static String reason(Throwable e, Map<String, Object> settings) {
    Throwable root = e;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      root = cause;
    }
    String text = root.toString();
    for (ConfigDef.ConfigKey key : ProducerConfig.configDef().configKeys().values()) {
      if (key.type == ConfigDef.Type.PASSWORD && settings.get(key.name) instanceof String secret) {
        for (String piece : secret.split("[\\s\"'=;]+")) {
          text = piece.isEmpty() ? text : text.replace(piece, "***");
        }
      }
    }
    return text;
  }

  @Override
  public void write(ExportEvent event) throws IOException {
    byte[] value = FlowJson.print(event).getBytes(StandardCharsets.UTF_8);
    Future<RecordMetadata> one;
    try {
      one = producer.send(new ProducerRecord<>(target.topic(), key, value));
    } catch (KafkaException e) {
      throw failed(e);
    }
    if (one.isDone()) {
      check(one, 0); // it may not have been sent at all: then none may go out after it
    } else {
      sent.add(one);
    }
    if (sent.size() >= RECORDS) {
      flush();
    }
  }

  @Override
  public void flush() throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    for (Future<RecordMetadata> one : sent) {
      check(one, end - System.nanoTime());
    }
    sent.clear();
  }

  private void check(Future<RecordMetadata> one, long waitNs) throws IOException {
    try {
      one.get(waitNs, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw failed("no acknowledgement within " + patience.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(e);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof RecordTooLargeException large)) {
        throw failed(Objects.requireNonNullElse(e.getCause(), e));
      }
      faults.refused();
      LOG.warn("{} has refused a flow: {}", target.topic(), large.getMessage());
    }
  }

  private IOException failed(Throwable e) {
    return failed(e.toString(), e);
  }

  private IOException failed(String what, Throwable e) {
    return new IOException("topic " + target.topic() + " at " + target.servers() + ": " + what, e);
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO); // what is not acknowledged is sent again from the position
  }
}
