package sh.retina.event;

/**
 * What {@code retina_pod_tcp_flags_total} counts, in the order of {@code flag_counts} in event.h.
 * {@link #bit} is the flag's bit in the TCP header (RFC 9293, section 3.1; NS: RFC 3540); SYNACK is
 * a SYN that carries an ACK and counts as neither.
 */
public enum TcpFlag {
  FIN(0x001),
  SYN(0x002),
  RST(0x004),
  PSH(0x008),
  ACK(0x010),
  URG(0x020),
  ECE(0x040),
  CWR(0x080),
  NS(0x100),
  SYNACK(0x012);

  private final int bit;

  TcpFlag(int bit) {
    this.bit = bit;
  }

  public int bit() {
    return bit;
  }

  /** Whether all of this flag's bits are set. */
  public boolean isIn(int flags) {
    return (flags & bit) == bit;
  }
}
