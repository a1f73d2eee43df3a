package sh.retina.plugin;

import sh.retina.event.NodeMetric;

/** Takes what a plugin reads in one round. Not thread-safe, valid during the round only. */
public interface StatSink {
  /**
   * Sets a value; the last one for the same labels wins.
   *
   * @param labelValues in the order of {@link NodeMetric#labels}
   */
  void set(NodeMetric metric, double value, String... labelValues);

  /** A part of the source cannot be read: the plugin is degraded, and says so. */
  void missing(String reason);
}
