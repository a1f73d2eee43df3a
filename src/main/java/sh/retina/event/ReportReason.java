package sh.retina.event;

/** Why the kernel reported now; {@code enum report_reason} in event.h. */
public enum ReportReason {
  /** Each packet is reported: aggregation {@code low}. */
  PACKET,
  /** The first packet of a flow or of its reply. */
  NEW,
  /** A flag that changes the state: SYN, FIN, RST. */
  CHANGE,
  /** The report interval has passed. */
  INTERVAL,
  /** The flow is closed or idle; its entry is gone. */
  END,
  /** The kernel's table was full, so this packet is reported by itself. */
  TABLE_FULL,
  /** The agent asked for what is pending, before it stops. */
  FLUSH;

  private static final ReportReason[] VALUES = values();

  public static ReportReason of(int id) {
    return id >= 0 && id < VALUES.length ? VALUES[id] : PACKET;
  }
}
