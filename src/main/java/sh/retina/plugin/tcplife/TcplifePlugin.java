package sh.retina.plugin.tcplife;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.RingSpec;

/** The life of TCP connections, and their resets: docs/plugins/tcplife.md. */
public final class TcplifePlugin implements BpfPlugin {
  public static final String NAME = "tcplife";

  private final TcplifeProperties settings;
  private final CommonSettings common;

  public TcplifePlugin(TcplifeProperties settings, CommonSettings common) {
    this.settings = settings;
    this.common = common;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ObjectSpec spec() {
    return new ObjectSpec(
        NAME,
        RingSpec.withoutTable("connection_events", "connection_stats", "connection_stat"),
        Map.of("report_interval_ns", common.reportInterval().toNanos()),
        Map.of(),
        Map.of("connection_events", (int) settings.ringSize().toBytes()),
        List.of(
            AttachPoint.Kernel.of("inet_sock_set_state", "on_state"),
            AttachPoint.Kernel.of("tcp_send_reset", "on_send_reset"),
            AttachPoint.Kernel.of("tcp_receive_reset", "on_receive_reset"),
            AttachPoint.Kernel.of("sock_ops of the root cgroup", "on_round_trip")));
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(
        KernelFeatures::btf,
        () -> KernelFeatures.mapType(KernelFeatures.MapType.RINGBUF),
        () -> KernelFeatures.tracepointByBtf("inet_sock_set_state"));
  }

  @Override
  public boolean heedsInterest() {
    return true;
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    EventDecoder connections = new ConnectionEventDecoder(btf);
    EventDecoder resets = new ResetEventDecoder(btf);
    return (address, length, event) ->
        connections.decode(address, length, event) || resets.decode(address, length, event);
  }
}
