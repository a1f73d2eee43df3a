package sh.retina.event;

/** What a TCP socket reports; a report about packets is none of these. */
public enum SocketReport {
  NONE,
  /** Segments that were sent again. */
  RETRANSMISSION,
  /** A connection that ended, an attempt that failed, or one that lives on. */
  CONNECTION,
  /** A reset that was sent or received. */
  RESET
}
