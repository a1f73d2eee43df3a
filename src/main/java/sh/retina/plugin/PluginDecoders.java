package sh.retina.plugin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import sh.retina.bpf.Btf;

/** Makes decoders for what plugins wrote, in this run or in an earlier one. Immutable. */
public final class PluginDecoders {
  private final Map<String, EventPlugin> byName = new HashMap<>();

  public PluginDecoders(List<Plugin> plugins) {
    for (Plugin plugin : plugins) {
      if (plugin instanceof EventPlugin source) {
        byName.put(source.name(), source);
      }
    }
  }

  /**
   * A decoder of a plugin's events; empty when this version has no such plugin.
   *
   * @param btf of the object that wrote them; nothing is read of a stream's, which has none
   */
  public Optional<EventDecoder> decoder(String plugin, byte[] btf, Map<String, byte[]> attributes) {
    return switch (byName.get(plugin)) {
      case null -> Optional.empty();
      case BpfPlugin of -> Optional.of(of.decoder(Btf.parse(btf), attributes));
      case StreamPlugin of -> Optional.of(of.decoder(attributes));
    };
  }
}
