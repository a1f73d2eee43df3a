package sh.retina.pipeline;

import sh.retina.event.Observation;

/**
 * Is told of each event on the metric path, decoded and enriched, on that path's thread. The
 * observation is used again for the next event.
 */
@FunctionalInterface
public interface EventListener {
  void accept(Observation event);
}
