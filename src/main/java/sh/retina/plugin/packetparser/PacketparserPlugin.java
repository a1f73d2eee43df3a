package sh.retina.plugin.packetparser;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint.Links;
import sh.retina.plugin.AttachPoint.Side;
import sh.retina.plugin.AttachPoint.TrafficControl;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.RingSpec;

/**
 * Flows of every pod and of the node: tc programs in both directions, docs/plugins/packetparser.md.
 */
public final class PacketparserPlugin implements BpfPlugin {
  public static final String NAME = "packetparser";

  private static final int BPF_FUNC_FOR_EACH_MAP_ELEM = 164; // linux/bpf.h

  private final PacketparserProperties settings;
  private final CommonSettings common;

  public PacketparserPlugin(PacketparserProperties settings, CommonSettings common) {
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
        new RingSpec("flow_events", "flow_stats", "flow_stat", "flow_sweep", "flow_flush"),
        knobs(common.eachPacket(), common.reportInterval(), common.samplingRate()),
        Map.of(),
        Map.of(
            "flow_table", settings.maxFlows(), "flow_events", (int) settings.ringSize().toBytes()),
        List.of(
            new TrafficControl("on_pod_tx", Links.PODS, Side.INGRESS),
            new TrafficControl("on_pod_rx", Links.PODS, Side.EGRESS),
            new TrafficControl("on_net_rx", Links.NETWORK, Side.INGRESS),
            new TrafficControl("on_net_tx", Links.NETWORK, Side.EGRESS)));
  }

  /** How much detail, as knobs that can be set at any time. */
  public static Map<String, Long> knobs(
      boolean eachPacket, Duration reportInterval, int samplingRate) {
    return Map.of(
        "aggregation_low",
        eachPacket ? 1L : 0L,
        "report_interval_ns",
        reportInterval.toNanos(),
        "sampling_rate",
        (long) samplingRate);
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(
        KernelFeatures::btf,
        () -> KernelFeatures.mapType(KernelFeatures.MapType.RINGBUF),
        () -> KernelFeatures.programType(KernelFeatures.ProgramType.SCHED_CLS),
        () ->
            KernelFeatures.helper(
                KernelFeatures.ProgramType.SCHED_CLS, BPF_FUNC_FOR_EACH_MAP_ELEM));
  }

  @Override
  public boolean heedsInterest() {
    return true;
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    EventDecoder flows = new FlowEventDecoder(btf);
    if (!btf.structNames().contains(PacketLayout.STRUCT)) {
      return flows; // of an older agent's journal
    }
    EventDecoder packets = new PacketEventDecoder(btf);
    return (address, length, event) ->
        packets.decode(address, length, event) || flows.decode(address, length, event);
  }
}
