package sh.retina.event;

/** What became of the packets. */
public enum Verdict {
  UNKNOWN,
  FORWARDED,
  DROPPED
}
