package sh.retina.plugin;

import java.io.IOException;

/**
 * A data source without events: counters that the system keeps anyway, read each interval. Called
 * on the thread {@code stat-poller}, which is in the watched network namespace.
 */
public non-sealed interface StatPlugin extends Plugin {
  /**
   * Reads everything once. Values that are not set again are gone from the metrics.
   *
   * @throws IOException when nothing can be read; the message names the file or the call. What is
   *     only partly missing goes to {@link StatSink#missing}
   */
  void collect(StatSink sink) throws IOException;
}
