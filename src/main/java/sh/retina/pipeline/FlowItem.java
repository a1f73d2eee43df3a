package sh.retina.pipeline;

import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.LostEventSource;

/** What a stream of flows brings. */
public sealed interface FlowItem {
  /**
   * A flow.
   *
   * @param id its place in the journal, one line of ASCII: what a stream can be resumed after
   */
  record Item(String id, Flow flow) implements FlowItem {}

  /**
   * Events that are missing here.
   *
   * @param source which buffer lost them: the history for a stream that read too late
   */
  record Lost(LostEventSource source, long count) implements FlowItem {}
}
