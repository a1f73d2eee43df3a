package sh.retina.plugin.linuxutil;

import java.util.List;
import sh.retina.event.NodeMetric;

/** What {@link LinuxutilPlugin} shows. */
enum LinuxutilMetric implements NodeMetric {
  TCP_STATE(
      "retina_tcp_state",
      Kind.GAUGE,
      "TCP sockets now, IPv4 and IPv6",
      List.of("state"),
      "networkobservability_tcp_state"),
  TCP_CONNECTION_REMOTE(
      "retina_tcp_connection_remote",
      Kind.GAUGE,
      "TCP sockets that have a peer; address is AllIPs",
      List.of("address"),
      "networkobservability_tcp_connection_remote"),
  TCP_CONNECTION_STATS(
      "retina_tcp_connection_stats_total",
      Kind.COUNTER,
      "The kernel's TCP counters by its names, since boot",
      List.of("statistic_name"),
      "networkobservability_tcp_connection_stats"),
  IP_CONNECTION_STATS(
      "retina_ip_connection_stats_total",
      Kind.COUNTER,
      "The kernel's IP and ICMP counters by its names, since boot",
      List.of("statistic_name"),
      "networkobservability_ip_connection_stats"),
  UDP_CONNECTION_STATS(
      "retina_udp_connection_stats",
      Kind.GAUGE,
      "UDP sockets now, IPv4 and IPv6; the name is ACTIVE",
      List.of("statistic_name"),
      "networkobservability_udp_connection_stats"),
  UDP_STATS(
      "retina_udp_stats_total",
      Kind.COUNTER,
      "The kernel's UDP counters by its names, since boot",
      List.of("statistic_name"),
      ""),
  SOCKET_STATS(
      "retina_socket_stats",
      Kind.GAUGE,
      "What sockets use now by protocol; mem is in pages",
      List.of("statistic_name"),
      ""),
  INTERFACE_STATS(
      "retina_interface_stats_total",
      Kind.COUNTER,
      "What an interface and its driver counted",
      List.of("interface_name", "statistic_name"),
      "networkobservability_interface_stats"),
  SOFTNET_DROPPED(
      "retina_softnet_dropped_total",
      Kind.COUNTER,
      "Packets dropped because a CPU's input queue was full, all CPUs",
      List.of(),
      ""),
  SOFTNET_SQUEEZED(
      "retina_softnet_squeezed_total",
      Kind.COUNTER,
      "Times that receiving stopped with packets left, as its budget or time was used up, all CPUs",
      List.of(),
      ""),
  QDISC_DROPPED(
      "retina_qdisc_dropped_total",
      Kind.COUNTER,
      "Packets that the interface's queueing discipline dropped; kind is that of its root",
      List.of("interface_name", "kind"),
      ""),
  CONNTRACK_TABLE_ENTRIES(
      "retina_conntrack_table_entries",
      Kind.GAUGE,
      "Connections in netfilter's table",
      List.of(),
      ""),
  CONNTRACK_TABLE_LIMIT(
      "retina_conntrack_table_limit",
      Kind.GAUGE,
      "Connections that netfilter's table takes; beyond them packets are dropped",
      List.of(),
      "");

  private final Description description;

  LinuxutilMetric(
      String exposed,
      Kind kind,
      String help,
      List<String> labels,
      String networkObservabilityName) {
    description = new Description(exposed, kind, help, labels, networkObservabilityName);
  }

  @Override
  public Description description() {
    return description;
  }
}
