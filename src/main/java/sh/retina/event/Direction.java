package sh.retina.event;

/** Which way packets go, seen from the pod or the node that a number is about. */
public enum Direction {
  UNKNOWN("unknown"),
  INGRESS("ingress"),
  EGRESS("egress");

  private static final Direction[] VALUES = values();
  private final String label;

  Direction(String label) {
    this.label = label;
  }

  /** The metric label's value. */
  public String label() {
    return label;
  }

  /** The direction with this ordinal, as {@code enum direction} in event.h numbers them. */
  public static Direction of(int id) {
    return id >= 0 && id < VALUES.length ? VALUES[id] : UNKNOWN;
  }
}
