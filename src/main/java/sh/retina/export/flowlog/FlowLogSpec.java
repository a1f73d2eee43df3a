package sh.retina.export.flowlog;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.FlowMask;
import sh.retina.flow.FlowNode;

/**
 * One export of flows.
 *
 * @param name unique among them
 * @param mask fields to write; empty: all
 * @param aggregate fields by which flows are counted instead of written; empty: not
 * @param interval between two writings of these counts
 * @param choices a flow must match one of these, if there are any
 * @param end the last moment; null: none
 */
public record FlowLogSpec(
    String name,
    Target target,
    List<String> mask,
    List<String> aggregate,
    Duration interval,
    List<FlowChoice> choices,
    @Nullable Instant end) {
  /** Where flows go. */
  public sealed interface Target {}

  /**
   * A file, a line for each.
   *
   * @param maxBytes of a file, before it is put aside
   * @param maxBackups of those put aside; 0: all are kept
   */
  public record File(Path path, long maxBytes, int maxBackups, boolean compresses)
      implements Target {
    private static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

    /** The agent's standard output. */
    public static File stdout() {
      return new File(STANDARD_OUTPUT, Long.MAX_VALUE, 0, false);
    }
  }

  /**
   * A collector, a log record for each.
   *
   * @param url of its OTLP over HTTP, mostly {@code http://HOST:4318/v1/logs}
   */
  public record Otlp(URI url) implements Target {
    /** Throws IllegalArgumentException if it is no URL of HTTP. */
    public static Otlp at(String text) {
      URI url = URI.create(text);
      if (url.getHost() == null || !List.of("http", "https").contains(url.getScheme())) {
        throw new IllegalArgumentException(
            "not the URL of a collector, such as http://HOST:4318/v1/logs: " + text);
      }
      return new Otlp(url);
    }
  }

  /**
   * A topic, a record for each.
   *
   * @param servers {@code host:port} of some of its brokers
   * @param compression one of {@link #COMPRESSIONS}
   * @param properties file with settings of Kafka's client, such as who it is; null: none
   */
  public record Kafka(String servers, String topic, String compression, @Nullable Path properties)
      implements Target {
    /** What needs no native library. */
    static final List<String> COMPRESSIONS = List.of("gzip", "none");

    private static final String SERVER = "(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5}";
    private static final Pattern SERVERS = Pattern.compile(SERVER + "(\\s*,\\s*" + SERVER + ")*");
    private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

    /**
     * Throws IllegalArgumentException that names what cannot be used, as the file of exports does.
     */
    public Kafka {
      if (!isServers(servers)) {
        throw new IllegalArgumentException(
            "kafkaBootstrapServers: not HOST:PORT, or several of them with commas: " + servers);
      }
      if (!isTopic(topic)) {
        throw new IllegalArgumentException(
            "kafkaTopic: not the name of a topic, which has up to 249 letters, digits and ._-: "
                + topic);
      }
      if (!COMPRESSIONS.contains(compression)) {
        throw new IllegalArgumentException("kafkaCompression: gzip or none, not " + compression);
      }
    }

    static boolean isServers(String text) {
      return SERVERS.matcher(text).matches();
    }

    static boolean isTopic(String text) {
      return TOPIC.matcher(text).matches();
    }
  }

  /** Throws IllegalArgumentException that names what cannot be used. */
  public FlowLogSpec {
    if (name.isBlank() || target instanceof File file && file.path().toString().isBlank()) {
      throw new IllegalArgumentException(
          "needs a name, and a filePath, an otlpUrl or a kafkaTopic");
    }
    if (target instanceof File file && (file.maxBytes() <= 0 || file.maxBackups() < 0)) {
      throw new IllegalArgumentException(
          name + ": fileMaxSizeMb must be positive, fileMaxBackups not negative");
    }
    try {
      FlowMask.of(mask);
      FlowMask.of(aggregate);
      FlowChoice.filter(choices, new FlowNode("", "", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  boolean isAggregated() {
    return !aggregate.isEmpty() && interval.isPositive();
  }

  boolean hasEnded(Instant now) {
    return end != null && now.isAfter(end);
  }

  /** Whether writing may take as long as a network does. */
  boolean isRemote() {
    return !(target instanceof File);
  }
}
