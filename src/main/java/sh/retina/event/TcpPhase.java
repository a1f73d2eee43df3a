package sh.retina.event;

/** What a reset met; {@code enum tcp_phase} in event.h. */
public enum TcpPhase {
  /** No connection of this node. */
  UNKNOWN("unknown"),
  /** A SYN without answer, or one to a port where nobody listens. */
  HANDSHAKE("handshake"),
  ESTABLISHED("established"),
  /** One end had sent its FIN. */
  CLOSING("closing");

  private static final TcpPhase[] VALUES = values();
  private final String label;

  TcpPhase(String label) {
    this.label = label;
  }

  /** The metric label's value. */
  public String label() {
    return label;
  }

  /** The phase with this number; {@link #UNKNOWN} for one that this version does not know. */
  public static TcpPhase of(int id) {
    return id >= 0 && id < VALUES.length ? VALUES[id] : UNKNOWN;
  }
}
