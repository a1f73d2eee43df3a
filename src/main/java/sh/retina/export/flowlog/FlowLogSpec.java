package sh.retina.export.flowlog;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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

  /** Throws IllegalArgumentException that names what cannot be used. */
  public FlowLogSpec {
    if (name.isBlank() || target instanceof File file && file.path().toString().isBlank()) {
      throw new IllegalArgumentException("needs a name, and a filePath or an otlpUrl");
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
    return target instanceof Otlp;
  }
}
