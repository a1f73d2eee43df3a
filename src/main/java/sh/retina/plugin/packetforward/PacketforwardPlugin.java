package sh.retina.plugin.packetforward;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import sh.retina.bpf.BpfMap;
import sh.retina.bpf.KernelFeatures;
import sh.retina.event.NodeMetric;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.StatSink;

/** Counts at the node's network interfaces: socket filters, docs/plugins/packetforward.md. */
public final class PacketforwardPlugin implements BpfPlugin {
  public static final String NAME = "packetforward";

  /** Indexes are those of enum forward_direction in packetforward.bpf.c. */
  private static final List<String> DIRECTIONS = List.of("ingress", "egress");

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ObjectSpec spec() {
    return new ObjectSpec(
        NAME,
        null,
        Map.of(),
        Map.of(),
        Map.of(),
        List.of(
            new AttachPoint.SocketFilter("on_frame", AttachPoint.Links.LOWEST_SOFTWARE),
            new AttachPoint.SocketFilter("on_wire", AttachPoint.Links.LOWEST_HARDWARE)));
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(() -> KernelFeatures.programType(KernelFeatures.ProgramType.SOCKET_FILTER));
  }

  @Override
  public List<? extends NodeMetric> metrics() {
    return List.of(PacketforwardMetric.values());
  }

  @Override
  public void collect(Function<String, BpfMap> maps, StatSink sink) {
    BpfMap counts = maps.apply("forward_counts");
    long[] forwarded = new long[2];
    for (int i = 0; i < DIRECTIONS.size(); i++) {
      counts.sumPerCpu(i, forwarded);
      sink.set(PacketforwardMetric.PACKETS, forwarded[0], DIRECTIONS.get(i));
      sink.set(PacketforwardMetric.BYTES, forwarded[1], DIRECTIONS.get(i));
    }
  }
}
