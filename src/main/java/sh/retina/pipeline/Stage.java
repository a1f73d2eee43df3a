package sh.retina.pipeline;

/** A hop of an event, from the kernel to the meters: {@code retina_agent_events_total{stage}}. */
public enum Stage {
  /** Reported by the plugin's programs; counted there. */
  KERNEL("kernel"),
  /** Read from the ring. */
  RING("ring"),
  /** Appended to the journal. */
  QUEUE("queue"),
  DECODED("decoded"),
  ENRICHED("enriched"),
  /** Passed the filter. */
  FILTERED("filtered"),
  AGGREGATED("aggregated");

  private final String label;

  Stage(String label) {
    this.label = label;
  }

  /** The metric label's value. */
  public String label() {
    return label;
  }
}
