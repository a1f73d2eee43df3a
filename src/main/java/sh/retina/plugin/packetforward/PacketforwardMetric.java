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

  private final Description description;

  PacketforwardMetric(String exposed, String help, String networkObservabilityName) {
    description =
        new Description(
            exposed, Kind.COUNTER, help, List.of("direction"), networkObservabilityName);
  }

  @Override
  public Description description() {
    return description;
  }
}
