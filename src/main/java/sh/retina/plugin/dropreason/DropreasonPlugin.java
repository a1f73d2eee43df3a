package sh.retina.plugin.dropreason;

import java.util.List;
import java.util.Map;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelBtf;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;

/** Packets that the kernel drops, and why: tp_btf/kfree_skb, docs/plugins/dropreason.md. */
public final class DropreasonPlugin implements BpfPlugin {
  public static final String NAME = "dropreason";
  private static final String REASONS = "drop_reasons";

  private final DropreasonSettings settings;

  public DropreasonPlugin(DropreasonSettings settings) {
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
        "drop_events",
        "drop_stats",
        "drop_stat",
        "drop_sweep",
        "drop_flush",
        Map.of(
            "aggregation_low", settings.eachPacket() ? 1L : 0L,
            "report_interval_ns", settings.reportInterval().toNanos(),
            "unspecified", settings.unspecified() ? 1L : 0L),
        Map.of("drop_events", settings.ringBytes()),
        List.of(new AttachPoint.Kernel("on_kfree_skb")));
  }

  @Override
  public Map<String, byte[]> attributes() {
    return Map.of(REASONS, DropReasons.ofKernel(KernelBtf.ofRunningKernel()).toBytes());
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return new DropEventDecoder(
        btf, DropReasons.parse(attributes.getOrDefault(REASONS, new byte[0])));
  }
}
