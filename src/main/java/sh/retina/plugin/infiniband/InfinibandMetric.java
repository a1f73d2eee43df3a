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

  private final Description description;

  InfinibandMetric(
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
