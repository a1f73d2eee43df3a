package sh.retina.pipeline;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The books of the path: for every plugin, the events of a stage equal those of the next one plus
 * what was lost between the two. Thread-safe; see {@link PluginLedger} for the counting.
 */
public final class PipelineLedger {
  private final Map<String, PluginLedger> plugins = new ConcurrentSkipListMap<>();
  private final List<Consumer<PluginLedger>> listeners = new CopyOnWriteArrayList<>();

  /** Opens the books of the plugins that are known at the start. */
  public PipelineLedger(Collection<String> plugins) {
    plugins.forEach(this::plugin);
  }

  /** The books of a plugin, opened at the first call. Keep it: this is a look-up. */
  public PluginLedger plugin(String name) {
    PluginLedger known = plugins.get(name);
    return known != null ? known : open(name);
  }

  /** All books, by plugin name. */
  public List<PluginLedger> all() {
    return List.copyOf(plugins.values());
  }

  /** Tells a listener of each plugin, at once of those that are known. */
  public synchronized void onNewPlugin(Consumer<PluginLedger> listener) {
    listeners.add(listener);
    plugins.values().forEach(listener);
  }

  private synchronized PluginLedger open(String name) {
    PluginLedger known = plugins.get(name);
    if (known != null) {
      return known;
    }
    PluginLedger opened = new PluginLedger(name);
    plugins.put(name, opened);
    listeners.forEach(listener -> listener.accept(opened));
    return opened;
  }
}
