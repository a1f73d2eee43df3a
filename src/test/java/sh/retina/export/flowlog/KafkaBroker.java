package sh.retina.export.flowlog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A broker that {@code bin/kafka-broker} runs, which may be killed and comes again. Not
 * thread-safe.
 */
public final class KafkaBroker implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 120;
  private static final int BUILD_SECONDS = 20 * 60;
  private static final Duration POLL = Duration.ofMillis(500);

  private final Path directory;
  private final int port;
  private final KafkaConsumer<String, String> consumer;
  private final List<ConsumerRecord<String, String>> read = new ArrayList<>();
  private Process process;

  private KafkaBroker(Path directory, int port) throws IOException {
    this.directory = directory;
    this.port = port;
    this.process = start();
    this.consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", address(), "allow.auto.create.topics", "false"),
            new StringDeserializer(),
            new StringDeserializer());
  }

  /** With its data in a directory. */
  public static KafkaBroker in(Path directory) throws IOException {
    return new KafkaBroker(directory, freePort());
  }

  /**
   * Returns when it has acknowledged a record: it listens before all that this needs has begun, and
   * a sink of a test does not try again.
   */
  KafkaBroker ready() {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            address(),
            "max.block.ms",
            PATIENCE_SECONDS * 1_000,
            "enable.idempotence",
            true);
    try (var producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>("ready", "")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return this;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the broker acknowledges nothing", e);
    }
  }

  /** Whether somebody has fetched it on this machine; waits for who is at it. */
  public static boolean isThere() {
    try {
      Process path =
          new ProcessBuilder(script(), "path")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return path.waitFor(BUILD_SECONDS, TimeUnit.SECONDS) && path.exitValue() == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String script() {
    return Path.of(System.getProperty("build.basedir", ""), "bin/kafka-broker")
        .toAbsolutePath()
        .toString();
  }

  /** It takes three in a row. */
  private static int freePort() throws IOException {
    for (; ; ) {
      try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket second = next(first);
          ServerSocket third = next(second)) {
        return third.getLocalPort() - 2;
      } catch (IOException | IllegalArgumentException e) {
        LockSupport.parkNanos(1_000_000); // somebody has a neighbour
      }
    }
  }

  private static ServerSocket next(ServerSocket before) throws IOException {
    return new ServerSocket(before.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress());
  }

  private Process start() throws IOException {
    Path log = directory.resolve("broker.log");
    Process started =
        new ProcessBuilder(script(), "run", directory.toString(), String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (started.isAlive() && System.nanoTime() < end) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return started;
      } catch (IOException e) {
        LockSupport.parkNanos(50_000_000); // it does not listen yet
      }
    }
    started.destroyForcibly();
    throw new IllegalStateException("the broker does not listen: " + Files.readString(log));
  }

  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Where who comes must say who it is, by TLS. */
  public String guardedAddress() {
    return "127.0.0.1:" + (port + 2);
  }

  /** What a client says at {@link #guardedAddress}; that of the documentation. */
  public String properties(String password) {
    return """
    security.protocol=SASL_SSL
    sasl.mechanism=SCRAM-SHA-512
    sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
      username="retina" password="%s";
    ssl.truststore.type=PEM
    ssl.truststore.location=%s
    """
        .formatted(password, directory.resolve("tls/ca.crt"));
  }

  /** A topic with settings of its own. */
  public void create(String topic, Map<String, String> settings) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", address()))) {
      admin
          .createTopics(List.of(new NewTopic(topic, 1, (short) 1).configs(settings)))
          .all()
          .toCompletionStage()
          .toCompletableFuture()
          .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
          .join();
    }
  }

  /** All that a topic has, partition by partition; nothing where there is no such topic. */
  public List<ConsumerRecord<String, String>> records(String topic) {
    List<TopicPartition> partitions =
        consumer.listTopics().getOrDefault(topic, List.of()).stream()
            .map(one -> new TopicPartition(topic, one.partition()))
            .toList();
    if (!consumer.assignment().containsAll(partitions)) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      read.clear();
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer.poll(POLL).forEach(read::add);
    }
    return List.copyOf(read);
  }

  /** SIGKILL, as its machine would. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the broker does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** On the data that it had. */
  public void restart() throws IOException {
    process = start();
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ZERO));
    kill();
  }
}
