package sh.retina.pipeline;

/** Where and why events are lost: {@code retina_agent_lost_events_total{stage}}. */
public enum Loss {
  /** No room in the ring; counted by the plugin's programs. */
  KERNEL_RING_FULL("kernel_ring_full"),
  /** Not appended: the journal's disk or budget is full. */
  QUEUE_FULL("queue_full"),
  /** Deleted from the journal before a reader came to it. */
  QUEUE_EXPIRED("queue_expired"),
  /** Not understood by the plugin's decoder. */
  DECODE_ERROR("decode_error"),
  /** Skipped for a client of a stream that reads too slowly. */
  STREAM_SLOW("stream_slow"),
  /** Overwritten in the Hubble ring before it was read. */
  HUBBLE_RING("hubble_ring");

  private final String label;

  Loss(String label) {
    this.label = label;
  }

  /** The metric label's value. */
  public String label() {
    return label;
  }
}
