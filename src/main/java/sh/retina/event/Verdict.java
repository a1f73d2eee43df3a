package sh.retina.event;

/** What became of the packets. */
public enum Verdict {
  UNKNOWN,
  FORWARDED,
  /** To a proxy, which decides. */
  REDIRECTED,
  DROPPED,
  /** A policy would drop them, and only says so. */
  AUDIT,
  /** A proxy could not tell. */
  ERROR,
  /** Nothing: a socket tells of itself. */
  TRACED
}
