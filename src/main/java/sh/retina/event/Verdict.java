package sh.retina.event;

/** What became of the packets. */
public enum Verdict {
  UNKNOWN,
  FORWARDED,
  DROPPED,
  /** Nothing: a socket tells of itself. */
  TRACED
}
