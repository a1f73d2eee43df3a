package sh.retina.event;

/**
 * How a TCP connection ended, as one of its ends saw it; {@code enum tcp_outcome} in event.h.
 * Resets and time-outs are of established connections, what follows of attempts.
 */
public enum TcpOutcome {
  /** It has not. */
  OPEN("open"),
  /** By FIN. */
  CLOSED("closed"),
  RESET_SENT("reset_sent"),
  RESET_RECEIVED("reset_received"),
  /** The peer answered no more. */
  TIMED_OUT("timed_out"),
  /** The SYN was answered by a reset. */
  REFUSED("refused"),
  CONNECT_TIMED_OUT("connect_timed_out"),
  /** The SYN was answered by ICMP, or could not be sent. */
  UNREACHABLE("unreachable"),
  /** The process closed the socket before there was an answer. */
  ABANDONED("abandoned");

  private static final TcpOutcome[] VALUES = values();
  private final String label;

  TcpOutcome(String label) {
    this.label = label;
  }

  /** The metric label's value. */
  public String label() {
    return label;
  }

  /** The outcome with this number; {@link #CLOSED} for one that this version does not know. */
  public static TcpOutcome of(int id) {
    return id >= 0 && id < VALUES.length ? VALUES[id] : CLOSED;
  }
}
