package sh.retina.pipeline;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.FlowFilter;

/**
 * What a stream of flows is asked for.
 *
 * @param filter asked by this stream alone: it need not be thread-safe
 * @param until the last moment, inclusive; null for no end
 * @param follow whether to wait for new events at the end of the journal
 * @param limit at most so many flows; 0 for no limit
 */
public record FlowRequest(
    FlowStart start, FlowFilter filter, @Nullable Instant until, boolean follow, long limit) {
  public FlowRequest {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must not be negative: limit=" + limit);
    }
  }
}
