package sh.retina.plugin.infiniband;

import java.util.List;
import sh.retina.event.NodeMetric;

/** What {@link InfinibandPlugin} shows. */
enum InfinibandMetric implements NodeMetric {
  COUNTER_STATS(
      "retina_infiniband_counter_stats_total",
      Kind.COUNTER,
      "What a port counted, by the names of sysfs; port_xmit_data and port_rcv_data in units of"
          + " four octets",
      List.of("statistic_name", "device", "port"),
      "networkobservability_infiniband_counter_stats"),
  STATUS_PARAMS(
      "retina_infiniband_status_params",
      Kind.GAUGE,
      "Parameters in an interface's debug directory",
      List.of("statistic_name", "interface_name"),
      "networkobservability_infiniband_status_params");

  private final String exposed;
  private final Kind kind;
  private final String help;
  private final List<String> labels;
  private final String networkObservabilityName;

  InfinibandMetric(
      String exposed,
      Kind kind,
      String help,
      List<String> labels,
      String networkObservabilityName) {
    this.exposed = exposed;
    this.kind = kind;
    this.help = help;
    this.labels = labels;
    this.networkObservabilityName = networkObservabilityName;
  }

  @Override
  public String exposed() {
    return exposed;
  }

  @Override
  public Kind kind() {
    return kind;
  }

  @Override
  public String help() {
    return help;
  }

  @Override
  public List<String> labels() {
    return labels;
  }

  @Override
  public String networkObservabilityName() {
    return networkObservabilityName;
  }
}
