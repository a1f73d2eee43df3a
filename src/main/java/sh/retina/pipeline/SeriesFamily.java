package sh.retina.pipeline;

/**
 * Pod-level series that are counted together: one table each, one row per label set. A counter pair
 * (packets, bytes) shares a row; a histogram's row is its buckets and the sum in nanoseconds.
 */
public enum SeriesFamily {
  /** Columns: packets, bytes. */
  FORWARDED(2, 2),
  /** Columns: packets, bytes. */
  DROPPED(2, 2),
  /** Column: packets with the flag. */
  TCP_FLAGS(1, 1),
  /** SYN to SYN-ACK at the client. */
  TCP_CONNECT(LatencyBuckets.count() + 1, LatencyBuckets.count() + 2),
  /** Round trips by TCP timestamps. */
  TCP_RTT(LatencyBuckets.count() + 1, LatencyBuckets.count() + 2),
  /** Column: segments sent again. */
  TCP_RETRANSMISSIONS(1, 1),
  /** Column: connections that ended, and attempts that failed. */
  TCP_CONNECTIONS(1, 1),
  /** Column: resets. */
  TCP_RESETS(1, 1),
  /** Column: bytes of payload. */
  TCP_PAYLOAD(1, 1),
  /** Column: queries. */
  DNS_REQUEST(1, 1),
  /** Column: answers. */
  DNS_RESPONSE(1, 1),
  /** Query to answer. */
  DNS_LATENCY(LatencyBuckets.count() + 1, LatencyBuckets.count() + 2);

  private final int columns;
  private final int seriesPerRow;

  SeriesFamily(int columns, int seriesPerRow) {
    this.columns = columns;
    this.seriesPerRow = seriesPerRow;
  }

  /** Long columns of a row. */
  public int columns() {
    return columns;
  }

  /** Prometheus series that a row becomes: what it takes from the budget. */
  public int seriesPerRow() {
    return seriesPerRow;
  }
}
