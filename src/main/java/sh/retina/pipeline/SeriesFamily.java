package sh.retina.pipeline;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Pod-level series that are counted together: one table each, one row per label set. A counter pair
 * (packets, bytes) shares a row; a histogram's row is its classic buckets and the sum in
 * nanoseconds.
 */
public enum SeriesFamily {
  /** Columns: packets, bytes. */
  FORWARDED(2, 2, "forwarded", "forward_count", "forward_bytes"),
  /** Columns: packets, bytes. */
  DROPPED(2, 2 + Exemplar.COLUMNS, 2, "dropped", "drop_count", "drop_bytes"),
  /** Column: packets with the flag. */
  TCP_FLAGS(1, 1, "tcp_flags", "tcp_flag_gauges"),
  /** SYN to SYN-ACK at the client. */
  TCP_CONNECT(
      LatencyBuckets.count() + 1,
      Latencies.COLUMNS,
      LatencyBuckets.count() + 2,
      "tcp_connect_latency"),
  /** Round trips by TCP timestamps. */
  TCP_RTT(LatencyBuckets.count() + 1, Latencies.COLUMNS, LatencyBuckets.count() + 2, "tcp_rtt"),
  /** Column: segments sent again. */
  TCP_RETRANSMISSIONS(1, 1, "tcp_retransmissions", "tcp_retransmission_count"),
  /** Column: connections that ended, and attempts that failed. */
  TCP_CONNECTIONS(1, 1, "tcp_connections"),
  /** Column: resets. */
  TCP_RESETS(1, 1, "tcp_resets"),
  /** Column: bytes of payload. */
  TCP_PAYLOAD(1, 1, "tcp_payload"),
  /** Column: queries. */
  DNS_REQUEST(1, 1, "dns_request", "dns_request_count"),
  /** Column: answers. */
  DNS_RESPONSE(1, 1, "dns_response", "dns_response_count"),
  /** Query to answer. */
  DNS_LATENCY(
      LatencyBuckets.count() + 1, Latencies.COLUMNS, LatencyBuckets.count() + 2, "dns_latency");

  private final int columns;
  private final int storedColumns;
  private final int seriesPerRow;
  private final String[] words;

  SeriesFamily(int columns, int seriesPerRow, String... words) {
    this(columns, columns, seriesPerRow, words);
  }

  SeriesFamily(int columns, int storedColumns, int seriesPerRow, String... words) {
    this.columns = columns;
    this.storedColumns = storedColumns;
    this.seriesPerRow = seriesPerRow;
    this.words = words;
  }

  /** The word for it in a configuration. */
  public String word() {
    return words[0];
  }

  /** By {@link #word}, or by one that a MetricsConfiguration uses; empty for none of them. */
  public static Optional<SeriesFamily> named(String word) {
    return Arrays.stream(values())
        .filter(family -> Arrays.asList(family.words).contains(word.toLowerCase(Locale.ROOT)))
        .findFirst();
  }

  /** Long columns of a row. */
  public int columns() {
    return columns;
  }

  /** Columns with those that a reader gets as an {@link Exemplar} or {@link Latencies}. */
  int storedColumns() {
    return storedColumns;
  }

  /** Whether a row is {@link Latencies}. */
  public boolean isHistogram() {
    return storedColumns == Latencies.COLUMNS;
  }

  /** Prometheus series that a row becomes: what it takes from the budget. */
  public int seriesPerRow() {
    return seriesPerRow;
  }
}
