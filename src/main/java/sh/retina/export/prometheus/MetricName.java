package sh.retina.export.prometheus;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.docs.MeterDocumentation;
import java.util.List;
import java.util.Locale;

/**
 * Every metric: its exact Prometheus name, type, labels, help, and the name that dashboards made
 * for Retina query. The only place where a name is written; {@code docs/metrics.md} is made of it.
 *
 * <p>A {@code {direction}} in the other name stands for that label's value: one metric here is
 * several there.
 */
public enum MetricName implements MeterDocumentation {
  PACKETS_DROPPED(
      Meter.Type.COUNTER,
      "retina_packets_dropped_total",
      "Packets that the kernel dropped, by its own reason",
      List.of("reason", "direction"),
      "networkobservability_drop_count"),
  DROPPED_BYTES(
      Meter.Type.COUNTER,
      "retina_dropped_bytes_total",
      "Bytes of the packets that the kernel dropped",
      List.of("reason", "direction"),
      "networkobservability_drop_bytes"),
  CONNTRACK_PACKETS(
      Meter.Type.COUNTER,
      "retina_conntrack_packets_total",
      "Packets on the node, each once: tx from the side that opened the connection, rx the replies",
      List.of("direction"),
      "networkobservability_conntrack_packets_{direction}"),
  CONNTRACK_BYTES(
      Meter.Type.COUNTER,
      "retina_conntrack_bytes_total",
      "Bytes on the node, each once: tx from the side that opened the connection, rx the replies",
      List.of("direction"),
      "networkobservability_conntrack_bytes_{direction}"),
  CONNTRACK_CONNECTIONS(
      Meter.Type.GAUGE,
      "retina_conntrack_connections",
      "Connections that the plugin follows now",
      List.of(),
      "networkobservability_conntrack_total_connections"),
  TCP_RETRANSMISSIONS(
      Meter.Type.COUNTER,
      "retina_tcp_retransmissions_total",
      "TCP segments that sockets of the node sent again",
      List.of("direction")),
  TCP_CONNECTIONS(
      Meter.Type.COUNTER,
      "retina_tcp_connections_total",
      "TCP connections that ended and attempts that failed, as each end on the node saw it",
      List.of("role", "outcome")),
  TCP_RESETS(
      Meter.Type.COUNTER,
      "retina_tcp_resets_total",
      "TCP resets that the node sent (egress) or got (ingress), by what they met",
      List.of("direction", "phase")),
  DNS_REQUEST(
      Meter.Type.COUNTER,
      "retina_dns_request_total",
      "DNS queries on the node, each once",
      List.of("query_type"),
      "networkobservability_dns_request_count"),
  DNS_RESPONSE(
      Meter.Type.COUNTER,
      "retina_dns_response_total",
      "DNS answers on the node, each once",
      List.of("query_type", "return_code"),
      "networkobservability_dns_response_count"),
  DNS_LATENCY(
      Meter.Type.TIMER,
      "retina_dns_latency_seconds",
      "DNS query to answer, where the query passed the node first",
      List.of("return_code")),
  APISERVER_LATENCY(
      Meter.Type.TIMER,
      "retina_apiserver_latency_seconds",
      "Round trips to the Kubernetes API server, by TCP timestamps",
      List.of(),
      "networkobservability_adv_node_apiserver_latency"),
  APISERVER_HANDSHAKE_LATENCY(
      Meter.Type.TIMER,
      "retina_apiserver_tcp_handshake_latency_seconds",
      "SYN to SYN-ACK of the Kubernetes API server",
      List.of(),
      "networkobservability_adv_node_apiserver_tcp_handshake_latency"),
  APISERVER_NO_RESPONSE(
      Meter.Type.COUNTER,
      "retina_apiserver_no_response_total",
      "Attempts to connect to the Kubernetes API server that nothing came back for",
      List.of(),
      "networkobservability_adv_node_apiserver_no_response"),

  POD_PACKETS_FORWARDED(
      Meter.Type.COUNTER,
      "retina_pod_packets_forwarded_total",
      "Packets through the pod's interface",
      List.of("direction"),
      "networkobservability_adv_forward_count"),
  POD_FORWARDED_BYTES(
      Meter.Type.COUNTER,
      "retina_pod_forwarded_bytes_total",
      "Bytes through the pod's interface",
      List.of("direction"),
      "networkobservability_adv_forward_bytes"),
  POD_PACKETS_DROPPED(
      Meter.Type.COUNTER,
      "retina_pod_packets_dropped_total",
      "Packets from or to the pod that the kernel dropped, by its own reason",
      List.of("reason", "direction"),
      "networkobservability_adv_drop_count"),
  POD_DROPPED_BYTES(
      Meter.Type.COUNTER,
      "retina_pod_dropped_bytes_total",
      "Bytes of the packets from or to the pod that the kernel dropped",
      List.of("reason", "direction"),
      "networkobservability_adv_drop_bytes"),
  POD_TCP_FLAGS(
      Meter.Type.COUNTER,
      "retina_pod_tcp_flags_total",
      "TCP packets with a flag through the pod's interface; a SYN with an ACK is SYNACK only",
      List.of("flag"),
      "networkobservability_adv_tcpflags_count"),
  POD_TCP_CONNECT_LATENCY(
      Meter.Type.TIMER,
      "retina_pod_tcp_connect_latency_seconds",
      "SYN to SYN-ACK as the client's interface sees it"),
  POD_TCP_RTT(
      Meter.Type.TIMER,
      "retina_pod_tcp_rtt_seconds",
      "Round trips between the pod's interface and the peer, by TCP timestamps"),
  POD_TCP_RETRANSMISSIONS(
      Meter.Type.COUNTER,
      "retina_pod_tcp_retransmissions_total",
      "TCP segments that the pod's sockets sent again",
      List.of("direction"),
      "networkobservability_adv_tcpretrans_count"),
  POD_TCP_CONNECTIONS(
      Meter.Type.COUNTER,
      "retina_pod_tcp_connections_total",
      "The pod's TCP connections that ended and its attempts that failed",
      List.of("role", "outcome")),
  POD_TCP_RESETS(
      Meter.Type.COUNTER,
      "retina_pod_tcp_resets_total",
      "TCP resets that the pod sent (egress) or got (ingress), by what they met",
      List.of("direction", "phase")),
  POD_TCP_PAYLOAD_BYTES(
      Meter.Type.COUNTER,
      "retina_pod_tcp_payload_bytes_total",
      "Payload of the pod's TCP connections that ended, each byte once",
      List.of("direction")),
  POD_DNS_REQUEST(
      Meter.Type.COUNTER,
      "retina_pod_dns_request_total",
      "DNS queries of the pod; query only if chosen",
      List.of("query_type", "query"),
      "networkobservability_adv_dns_request_count"),
  POD_DNS_RESPONSE(
      Meter.Type.COUNTER,
      "retina_pod_dns_response_total",
      "DNS answers to the pod; query, response and num_response only if chosen",
      List.of("return_code", "query_type", "query", "response", "num_response"),
      "networkobservability_adv_dns_response_count"),
  POD_DNS_LATENCY(
      Meter.Type.TIMER,
      "retina_pod_dns_latency_seconds",
      "DNS query to answer as the client's interface sees it",
      List.of("return_code")),

  METRICS_OVERFLOW(
      Meter.Type.COUNTER,
      "retina_metrics_overflow_total",
      "Observations that the overflow series took because the series budget is used up",
      List.of("metric")),
  METRICS_BUDGET_USED(
      Meter.Type.GAUGE,
      "retina_metrics_budget_used_ratio",
      "Share of the series budget that is used: of all, and of the metric's own or of all again",
      List.of("metric")),
  AGENT_VERSION(
      Meter.Type.GAUGE,
      "retina_agent_version",
      "1, with the version of the program and its control plane: standard, hubble or both",
      List.of("version", "control_plane")),
  AGENT_EVENTS(
      Meter.Type.COUNTER,
      "retina_agent_events_total",
      "Events that passed a stage",
      List.of("plugin", "stage")),
  AGENT_LOST_EVENTS(
      Meter.Type.COUNTER,
      "retina_agent_lost_events_total",
      "Events that were lost, by place",
      List.of("plugin", "stage")),
  AGENT_LOST_PACKETS(
      Meter.Type.COUNTER,
      "retina_agent_lost_packets_total",
      "Packets that no metric counts: those of reports that the ring refused and no table kept",
      List.of("plugin")),
  AGENT_LOST_BYTES(
      Meter.Type.COUNTER,
      "retina_agent_lost_bytes_total",
      "Bytes of those packets",
      List.of("plugin")),
  AGENT_KERNEL_PACKETS(
      Meter.Type.COUNTER,
      "retina_agent_kernel_packets_total",
      "Packets, or drops, by what the plugin's programs made of them; seen is all of them",
      List.of("plugin", "outcome")),
  AGENT_PLUGIN_UP(
      Meter.Type.GAUGE, "retina_agent_plugin_up", "1 if the plugin runs", List.of("plugin")),
  AGENT_PLUGIN_STATUS(
      Meter.Type.GAUGE,
      "retina_agent_plugin_status",
      "1 for the status that the plugin has: running, degraded, failed, unsupported; the log says"
          + " why",
      List.of("plugin", "status")),
  AGENT_PLUGIN_RECONCILE_FAILURES(
      Meter.Type.COUNTER,
      "retina_agent_plugin_reconcile_failures_total",
      "Failed attempts to bring the plugin into its wanted state",
      List.of("plugin")),
  AGENT_PLUGIN_STARTS(
      Meter.Type.COUNTER,
      "retina_agent_plugin_starts_total",
      "Times that the plugin was started: anew after a failure, or with other settings",
      List.of("plugin")),
  AGENT_AGGREGATION_LEVEL(
      Meter.Type.GAUGE,
      "retina_agent_aggregation_level",
      "0: an event per packet (low), 1: per change or interval (high)",
      List.of("plugin")),
  AGENT_SAMPLING_RATE(
      Meter.Type.GAUGE,
      "retina_agent_sampling_rate",
      "N where one in N new connections is followed",
      List.of("plugin")),
  AGENT_QUEUE_BYTES(Meter.Type.GAUGE, "retina_agent_queue_bytes", "Disk space of the journal"),
  AGENT_JOURNAL_UP(
      Meter.Type.GAUGE,
      "retina_agent_journal_up",
      "1: the journal is on disk; 0: in memory only, as its directory cannot be written"),
  AGENT_QUEUE_LAG_EVENTS(
      Meter.Type.GAUGE,
      "retina_agent_queue_lag_events",
      "Events in the journal that the metrics have not reached"),
  AGENT_QUEUE_LAG_SECONDS(
      Meter.Type.GAUGE,
      "retina_agent_queue_lag_seconds",
      "Age of the last event that the metrics have reached while there are later ones"),
  AGENT_STREAM_SUBSCRIBERS(
      Meter.Type.GAUGE,
      "retina_agent_stream_subscribers",
      "Clients of the flow streams now",
      List.of("kind")),
  AGENT_SERIES(
      Meter.Type.GAUGE,
      "retina_agent_series",
      "Pod-level series now, each bucket of a histogram for itself",
      List.of("metric")),
  AGENT_CPU_SECONDS(
      Meter.Type.COUNTER,
      "retina_agent_cpu_seconds_total",
      "CPU time of the agent's threads and of its programs in the kernel",
      List.of("part")),
  AGENT_OVERHEAD_STEP(
      Meter.Type.GAUGE,
      "retina_agent_overhead_step",
      "Rung of the overhead guard, 0: detail as configured"),
  AGENT_OVERHEAD_STEPS(
      Meter.Type.COUNTER,
      "retina_agent_overhead_steps_total",
      "Steps of the overhead guard; an up step has the cause of the last one down",
      List.of("direction", "cause")),
  AGENT_OVERHEAD_CPU_CORES(
      Meter.Type.GAUGE,
      "retina_agent_overhead_cpu_cores",
      "CPU that the agent and its programs used in the guard's last window"),
  AGENT_OVERHEAD_MEMORY_BYTES(
      Meter.Type.GAUGE,
      "retina_agent_overhead_memory_bytes",
      "Memory of the agent without mapped files, as the guard measured it last"),
  AGENT_CONTEXT_OBJECTS(
      Meter.Type.GAUGE,
      "retina_agent_context_objects",
      "Objects that own addresses, as the metrics know them",
      List.of("kind")),
  AGENT_KUBERNETES_WATCH_UP(
      Meter.Type.GAUGE,
      "retina_agent_kubernetes_watch_up",
      "Whether changes of these objects of the cluster are followed now; else the last state"
          + " serves",
      List.of("resource")),
  AGENT_KUBERNETES_WATCH_AGE(
      Meter.Type.GAUGE,
      "retina_agent_kubernetes_watch_age_seconds",
      "Since the API server was last heard of these objects; a living one is heard each minute",
      List.of("resource")),
  AGENT_KUBERNETES_FAILURES(
      Meter.Type.COUNTER,
      "retina_agent_kubernetes_failures_total",
      "Lists and watches that failed, by cause",
      List.of("resource", "cause")),
  AGENT_CONFIGURATION_RELOADS(
      Meter.Type.COUNTER,
      "retina_agent_configuration_reloads_total",
      "Changes of the configuration files: applied, or refused as they have faults",
      List.of("outcome")),
  AGENT_OTLP_PUSHES(
      Meter.Type.COUNTER,
      "retina_agent_otlp_pushes_total",
      "Pushes of all metrics by OTLP: sent, or failed and not kept",
      List.of("outcome")),
  AGENT_FLOW_EXPORT_FAULTS(
      Meter.Type.COUNTER,
      "retina_agent_flow_export_faults_total",
      "Exports of flows that failed and are tried again, and flows that were refused as too large",
      List.of("outcome")),
  AGENT_SCRAPE_FAILURES(
      Meter.Type.COUNTER,
      "retina_agent_scrape_failures_total",
      "Metrics left out of a scrape because reading them failed; the log says why");

  private final Meter.Type type;
  private final String exposed;
  private final String help;
  private final List<String> labels;
  private final String networkObservabilityName;

  MetricName(Meter.Type type, String exposed, String help) {
    this(type, exposed, help, List.of());
  }

  MetricName(Meter.Type type, String exposed, String help, List<String> labels) {
    this(type, exposed, help, labels, "");
  }

  MetricName(
      Meter.Type type,
      String exposed,
      String help,
      List<String> labels,
      String networkObservabilityName) {
    this.type = type;
    this.exposed = exposed;
    this.help = help;
    this.labels = labels;
    this.networkObservabilityName = networkObservabilityName;
  }

  /** The name that a query uses. */
  public String exposed() {
    return exposed;
  }

  /** {@link #exposed} without the suffix of a counter: client_java's name of the family. */
  String family() {
    return exposed.replaceFirst("_total$", "");
  }

  public String help() {
    return help;
  }

  /** Own labels; a pod-level metric has those of its context too. */
  public List<String> labels() {
    return labels;
  }

  public String networkObservabilityName() {
    return networkObservabilityName;
  }

  public String prometheusType() {
    return type == Meter.Type.TIMER ? "histogram" : type.name().toLowerCase(Locale.ROOT);
  }

  /** Micrometer's name; its Prometheus convention makes {@link #exposed} of it. */
  @Override
  public String getName() {
    return family().replace('_', '.');
  }

  @Override
  public Meter.Type getType() {
    return type;
  }

  @Override
  public KeyName[] getKeyNames() {
    return labels.stream().map(label -> (KeyName) () -> label).toArray(KeyName[]::new);
  }
}
