package sh.retina.crd;

import java.util.List;

/** Names of metrics that a {@link MetricsConfiguration} may want. */
public final class Vocabulary {
  static final String METRIC_WORDS =
      "drop_count, drop_bytes, forward_count, forward_bytes, tcp_flag_gauges,"
          + " tcp_retransmission_count, dns_request_count, dns_response_count,"
          + " node_apiserver_latency, node_apiserver_handshake_latency,"
          + " node_apiserver_no_response, tcp_connect_latency, tcp_rtt, tcp_connections, tcp_resets,"
          + " tcp_payload, dns_latency, node_connectivity_status,"
          + " node_connectivity_latency_seconds, tcp_state, tcp_connection_remote,"
          + " tcp_connection_stats, ip_connection_stats, udp_connection_stats";

  /** All that the API server accepts. */
  public static final List<String> ACCEPTED = List.of(METRIC_WORDS.split(", ", -1));

  /**
   * Those that have series: Retina's, and from tcp_connect_latency on ours. The others are
   * accepted, as Retina does, and have no effect.
   */
  public static final List<String> WITH_SERIES = ACCEPTED.subList(0, 17);

  private Vocabulary() {}
}
