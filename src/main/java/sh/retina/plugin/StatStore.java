package sh.retina.plugin;

import java.util.List;
import sh.retina.event.StatSample;

/** Where values that plugins read go. */
@FunctionalInterface
public interface StatStore {
  /** Replaces all that a plugin published before; called by the thread {@code stat-poller}. */
  void publish(String plugin, List<StatSample> samples);
}
