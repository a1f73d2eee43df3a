package sh.retina.flow;

import sh.retina.event.Observation;

/**
 * Which observations a consumer wants, asked of the decoded and enriched observation before a flow
 * is made of it. Allocates nothing per event. A compiled filter remembers what it found about the
 * owners of addresses, so it is not thread-safe: one per stream.
 */
@FunctionalInterface
public interface FlowFilter {
  boolean matches(Observation o);

  /** Every observation. */
  static FlowFilter all() {
    return o -> true;
  }
}
