package sh.retina.export.flowlog;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.FlowFilters;
import sh.retina.flow.FlowMask;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.FlowFilter;

/**
 * One export of flows to a file.
 *
 * @param name unique among them
 * @param mask fields to write; empty: all
 * @param aggregate fields by which flows are counted instead of written; empty: not
 * @param interval between two writings of these counts
 * @param include a flow must match one of these, if there are any
 * @param exclude it must match none of these
 * @param maxBytes of a file, before it is put aside
 * @param maxBackups of those put aside; 0: all are kept
 * @param end the last moment; null: none
 */
public record FlowLogSpec(
    String name,
    Path path,
    List<String> mask,
    List<String> aggregate,
    Duration interval,
    List<FlowFilter> include,
    List<FlowFilter> exclude,
    long maxBytes,
    int maxBackups,
    boolean compresses,
    @Nullable Instant end) {
  /** Throws IllegalArgumentException that names what cannot be used. */
  public FlowLogSpec {
    if (name.isBlank() || path.toString().isBlank()) {
      throw new IllegalArgumentException("needs a name and a filePath");
    }
    if (maxBytes <= 0 || maxBackups < 0) {
      throw new IllegalArgumentException(
          name + ": fileMaxSizeMb must be positive, fileMaxBackups not negative");
    }
    try {
      FlowMask.of(mask);
      FlowMask.of(aggregate);
      FlowFilters.compileAll(include, exclude, new FlowNode("", "", ""));
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
}
