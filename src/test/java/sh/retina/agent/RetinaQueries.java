package sh.retina.agent;

import java.util.List;

/**
 * What the dashboards ask that Retina's users have; {@code instance} and {@code cluster} are
 * Prometheus's, {@code [W]} is the window.
 */
final class RetinaQueries {
  static final List<String> ALL =
      List.of(
          "sum(rate(networkobservability_forward_bytes{direction=\"egress\"}[W])) by (instance)",
          "sum(rate(networkobservability_forward_count{direction=\"ingress\"}[W])) by (instance)",
          "sum(rate(networkobservability_drop_count[W])) by (reason)",
          "sum(rate(networkobservability_drop_bytes[W])) by (reason)",
          "sum(networkobservability_tcp_state) by (state)",
          "sum(networkobservability_tcp_connection_remote{address!~\"127.0.0.1|0.0.0.0\"})",
          "rate(networkobservability_tcp_connection_stats{statistic_name=\"TCPTimeouts\"}[W])",
          "networkobservability_udp_connection_stats{statistic_name=\"ACTIVE\"}",
          "sum(rate(networkobservability_interface_stats[W])) by (interface_name)",
          "sum(rate(networkobservability_dns_request_count[W])) by (query_type)",
          "sum(rate(networkobservability_dns_response_count{return_code=\"NOERROR\"}[W]))",
          "sum(rate(networkobservability_adv_dns_request_count[W])) by (podname)",
          "sum(rate(networkobservability_adv_forward_count[W])) by (podname, direction)",
          "sum(rate(networkobservability_adv_forward_bytes[W])) by (workload_name)",
          "sum(rate(networkobservability_adv_drop_count[W])) by (podname, reason, direction)",
          "sum(rate(networkobservability_adv_tcpflags_count[W])) by (flag)",
          "sum(rate(networkobservability_adv_tcpretrans_count[W])) by (podname)",
          "networkobservability_conntrack_total_connections",
          "rate(networkobservability_conntrack_bytes_tx[W])",
          "rate(networkobservability_adv_node_apiserver_no_response[W])");

  private RetinaQueries() {}
}
