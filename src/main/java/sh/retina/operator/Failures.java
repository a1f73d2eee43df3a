package sh.retina.operator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a watch answers to a failure: it goes on, as the API server comes back. */
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static boolean again(String resource, Throwable failure) {
    LOG.warn("resource={} the watch begins again: {}", resource, failure.getMessage());
    return true;
  }
}
