package sh.retina.plugin.sample;

import java.util.List;
import java.util.Map;
import sh.retina.bpf.Btf;
import sh.retina.plugin.AttachPoint;
import sh.retina.plugin.BpfPlugin;
import sh.retina.plugin.EventDecoder;
import sh.retina.plugin.ObjectSpec;
import sh.retina.plugin.RingSpec;

/** Datagrams that pods send to one port. */
record SamplePlugin(int port) implements BpfPlugin {
  static final String NAME = "sample";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public ObjectSpec spec() {
    return new ObjectSpec(
        NAME,
        RingSpec.withoutTable("sample_events", "sample_stats", "sample_stat"),
        Map.of("port", (long) port),
        Map.of(),
        Map.of(),
        List.of(
            new AttachPoint.TrafficControl(
                "on_sample", AttachPoint.Links.PODS, AttachPoint.Side.INGRESS)));
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return new SampleDecoder(btf);
  }
}
