package sh.retina.pipeline;

import sh.retina.event.Direction;
import sh.retina.event.HttpMessage;
import sh.retina.event.Observation;

/**
 * Brings request and answer together by the header {@code X-Request-Id}, as Hubble does: how long
 * the answer took, by the clock of the proxy that told of both. A request that passes the proxies
 * of both its ends waits at each. Not thread-safe.
 */
final class HttpExchanges {
  private static final String REQUEST_ID = "X-Request-Id";

  /** Some answers are waited for long. */
  private static final long MAX_WAIT_NS = 600_000_000_000L;

  private final Waiting requests = new Waiting(MAX_WAIT_NS);

  /** Takes a message in; sets the time of an answer whose request is known. */
  void accept(Observation o, HttpMessage message) {
    String id = message.header(REQUEST_ID);
    if (id.isEmpty() || message.timeNs() == 0) {
      return;
    }
    switch (o.reply) {
      case NO -> requests.put(key(id, o.direction == Direction.INGRESS), message.timeNs());
      case YES -> {
        long sentNs = requests.take(key(id, o.direction == Direction.EGRESS), message.timeNs());
        if (sentNs != 0) {
          o.httpLatencyNs = Math.max(0, message.timeNs() - sentNs);
        }
      }
      case UNKNOWN -> {}
    }
  }

  /** By the whole id: String's own hash has 32 bits. */
  private static long key(String id, boolean atServer) {
    long hash = atServer ? 1 : 2;
    for (int i = 0; i < id.length(); i++) {
      hash = Waiting.mix(hash + id.charAt(i));
    }
    return hash;
  }
}
