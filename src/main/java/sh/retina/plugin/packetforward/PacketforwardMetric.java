package sh.retina.plugin.packetforward;

import java.util.List;
import sh.retina.event.NodeMetric;

/** What {@link PacketforwardPlugin} shows. */
enum PacketforwardMetric implements NodeMetric {
  PACKETS(
      "retina_packets_forwarded_total",
      "Packets through the network interfaces that carry the default routes",
      "networkobservability_forward_count"),
  BYTES(
      "retina_forwarded_bytes_total",
      "Bytes through the network interfaces that carry the default routes",
      "networkobservability_forward_bytes");

  private final String exposed;
  private final String help;
  private final String networkObservabilityName;

  PacketforwardMetric(String exposed, String help, String networkObservabilityName) {
    this.exposed = exposed;
    this.help = help;
    this.networkObservabilityName = networkObservabilityName;
  }

  @Override
  public String exposed() {
    return exposed;
  }

  @Override
  public Kind kind() {
    return Kind.COUNTER;
  }

  @Override
  public String help() {
    return help;
  }

  @Override
  public List<String> labels() {
    return List.of("direction");
  }

  @Override
  public String networkObservabilityName() {
    return networkObservabilityName;
  }
}
