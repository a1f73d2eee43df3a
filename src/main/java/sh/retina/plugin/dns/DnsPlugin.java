package sh.retina.plugin.dns;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.bpf.Btf;
import sh.retina.bpf.KernelFeatures;
import sh.retina.plugin.AttachPoint.Links;
import sh.retina.plugin.AttachPoint.Side;
import sh.retina.plugin.AttachPoint.TrafficControl;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.RingSpec;

/** DNS messages of pods and of the node: tc, docs/plugins/dns.md. */
public final class DnsPlugin implements BpfPlugin {
  public static final String NAME = "dns";

  /** MAX_PORTS in dns.bpf.c. */
  static final int MAX_PORTS = 8;

  private final DnsProperties settings;

  public DnsPlugin(DnsProperties settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ObjectSpec spec() {
    int[] ports = settings.ports().stream().mapToInt(Integer::intValue).toArray();
    return new ObjectSpec(
        NAME,
        RingSpec.withoutTable("dns_events", "dns_stats", "dns_stat"),
        Map.of("port_count", (long) ports.length),
        Map.of("ports", Arrays.copyOf(ports, MAX_PORTS)),
        Map.of("dns_events", (int) settings.ringSize().toBytes()),
        List.of(
            new TrafficControl("dns_pod_tx", Links.PODS, Side.INGRESS),
            new TrafficControl("dns_pod_rx", Links.PODS, Side.EGRESS),
            new TrafficControl("dns_net_rx", Links.NETWORK, Side.INGRESS),
            new TrafficControl("dns_net_tx", Links.NETWORK, Side.EGRESS)));
  }

  @Override
  public List<Supplier<KernelFeatures.Feature>> requirements() {
    return List.of(
        () -> KernelFeatures.mapType(KernelFeatures.MapType.RINGBUF),
        () -> KernelFeatures.programType(KernelFeatures.ProgramType.SCHED_CLS));
  }

  /** A name must be known before the flows that follow it are read. */
  @Override
  public boolean isReadFirst() {
    return true;
  }

  @Override
  public boolean heedsInterest() {
    return true;
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return new DnsEventDecoder(btf);
  }
}
