package sh.retina.plugin;

import java.util.List;
import java.util.Map;
import sh.retina.bpf.Btf;

/** A plugin that has only some of its hooks. */
record LimitedPlugin(BpfPlugin of, List<AttachPoint> hooks) implements BpfPlugin {
  @Override
  public String name() {
    return of.name();
  }

  @Override
  public ObjectSpec spec() {
    ObjectSpec spec = of.spec();
    return new ObjectSpec(
        spec.object(), spec.ring(), spec.knobs(), spec.arrays(), spec.mapSizes(), hooks);
  }

  @Override
  public Map<String, byte[]> attributes() {
    return of.attributes();
  }

  @Override
  public EventDecoder decoder(Btf btf, Map<String, byte[]> attributes) {
    return of.decoder(btf, attributes);
  }
}
