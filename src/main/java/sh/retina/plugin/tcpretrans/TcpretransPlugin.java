package sh.retina.plugin.tcpretrans;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.RingSpec;

/** TCP segments that are sent again: docs/plugins/tcpretrans.md. */
public final class TcpretransPlugin implements BpfPlugin {
  public static final String NAME = "tcpretrans";

  private final TcpretransProperties settings;

  public TcpretransPlugin(TcpretransProperties settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ObjectSpec spec() {
    return new ObjectSpec(
        NAME,
        RingSpec.withoutTable("retransmit_events", "retransmit_stats", "retransmit_stat"),
        Map.of(),
        Map.of(),
        Map.of("retransmit_events", (int) settings.ringSize().toBytes()),
        List.of(
            AttachPoint.Kernel.of("tcp_retransmit_skb", "on_retransmit", "raw_on_retransmit"),
            AttachPoint.Kernel.of("tcp_retransmit_synack", "on_synack", "raw_on_synack")));
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(
        KernelFeatures::btf, () -> KernelFeatures.mapType(KernelFeatures.MapType.RINGBUF));
  }

  @Override
  public boolean heedsInterest() {
    return true;
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return new RetransmitEventDecoder(btf);
  }
}
