package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import sh.retina.event.StatSample;
import sh.retina.plugin.StatStore;

/**
 * What plugins read of the node's own counters, as of each one's last round. Any thread reads;
 * these values do not pass the journal, as the system keeps them by itself.
 */
public final class NodeStats implements StatStore {
  private final Map<String, List<StatSample>> byPlugin = new ConcurrentSkipListMap<>();

  @Override
  public void publish(String plugin, List<StatSample> samples) {
    byPlugin.put(plugin, List.copyOf(samples));
  }

  /** All values, plugin by plugin. */
  public List<StatSample> samples() {
    List<StatSample> all = new ArrayList<>();
    byPlugin.values().forEach(all::addAll);
    return all;
  }
}
