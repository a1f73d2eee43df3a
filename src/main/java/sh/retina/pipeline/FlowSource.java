package sh.retina.pipeline;

import reactor.core.publisher.Flux;

/** Flows out of the journal, past and to come. Thread-safe. */
@FunctionalInterface
public interface FlowSource {
  /**
   * Flows from a start on. Each subscription is a position in the journal plus demand: nothing is
   * read that was not requested, and a subscriber that requests late reads late. Cancelling frees
   * the position. Completes at the end of what was asked, never for a stream that follows.
   *
   * <p>Throws IllegalArgumentException, at once, for {@link FlowStart.After} an id that this
   * journal never gave.
   */
  Flux<FlowItem> open(FlowRequest request);
}
