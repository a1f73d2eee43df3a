package sh.retina.pipeline;

import java.time.Instant;

/** Where in the journal a stream of flows starts. */
public sealed interface FlowStart {
  /** With the next event. */
  record Now() implements FlowStart {}

  /** With the oldest event that the journal still has. */
  record Oldest() implements FlowStart {}

  /** With the first event at or after this moment. */
  record Since(Instant moment) implements FlowStart {}

  /** After the flow with this {@link FlowItem.Item#id}. */
  record After(String id) implements FlowStart {}

  /**
   * With the newest {@code count} flows that match and lie before the request's end, oldest of them
   * first.
   */
  record Last(int count) implements FlowStart {}

  /**
   * With the newest {@code count} flows that match, oldest of them first, wherever the request
   * ends: what lies behind its end counts, and is not delivered.
   */
  record Newest(int count) implements FlowStart {}
}
