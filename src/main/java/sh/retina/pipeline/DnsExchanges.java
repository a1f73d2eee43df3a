package sh.retina.pipeline;

import sh.retina.event.DnsView;
import sh.retina.event.Observation;

/**
 * Brings query and answer together: how long the answer took, and what name an address was asked
 * for. Sees the events of one reader in their order and asks their own times, so a replay gives the
 * same. Allocates only for a name that is new. Not thread-safe.
 *
 * <p>A query waits under its place (interface), its tuple, its id and its question; the first of
 * several equal ones counts, as the client has waited since then. Bounded: sets of {@value #WAYS}
 * queries, where a new one takes the place of the oldest. An answer without a query teaches no
 * names: anybody can send one.
 */
final class DnsExchanges {
  static final int WAYS = 4;

  private static final int SETS = 2_048;

  /** Resolvers give up long before. */
  private static final long MAX_WAIT_NS = 30_000_000_000L;

  private static final long FIRST_ON_NODE = 1;

  private final DnsNames names;
  private final StringBuilder name = new StringBuilder();
  private final DnsView.AnswerVisitor learner = this::learn;
  private long clientHigh;
  private long clientLow;
  private long timeNs;

  // Entry i: what the tuple and the rest hash to, and the query's time with FIRST_ON_NODE as its
  // lowest bit; 0 = empty. Made with the first query.
  private long[] keys = {};
  private long[] sentNs = {};

  DnsExchanges(DnsNames names) {
    this.names = names;
  }

  /** Takes a message in; sets the times of an answer whose query is known. */
  void accept(Observation o, DnsView message) {
    long question = message.queryHash();
    if (question == 0) {
      return;
    }
    if (message.isResponse()) {
      answered(o, message, question);
    } else {
      asked(o, message, question);
    }
  }

  private void asked(Observation o, DnsView message, long question) {
    if (sentNs.length == 0) {
      keys = new long[SETS * WAYS];
      sentNs = new long[SETS * WAYS];
    }
    long key =
        key(
            o,
            message,
            question,
            end(o.sourceHigh, o.sourceLow, o.sourcePort),
            end(o.destinationHigh, o.destinationLow, o.destinationPort));
    int first = setOf(key);
    int victim = first;
    for (int i = first; i < first + WAYS; i++) {
      if (keys[i] == key && isWaiting(i, o.timeNs)) {
        return;
      }
      if (sentNs[i] < sentNs[victim]) {
        victim = i;
      }
    }
    keys[victim] = key;
    sentNs[victim] = o.timeNs & ~FIRST_ON_NODE | (o.firstOnNode ? FIRST_ON_NODE : 0);
  }

  private void answered(Observation o, DnsView message, long question) {
    if (sentNs.length == 0) {
      return;
    }
    long key =
        key(
            o,
            message,
            question,
            end(o.destinationHigh, o.destinationLow, o.destinationPort),
            end(o.sourceHigh, o.sourceLow, o.sourcePort));
    int first = setOf(key);
    for (int i = first; i < first + WAYS; i++) {
      if (keys[i] == key && isWaiting(i, o.timeNs)) {
        o.dnsLatencyNs = Math.max(1, o.timeNs - (sentNs[i] & ~FIRST_ON_NODE));
        o.dnsQueryFirstOnNode = (sentNs[i] & FIRST_ON_NODE) != 0;
        sentNs[i] = 0;
        keys[i] = 0;
        learnFrom(o, message);
        return;
      }
    }
  }

  private boolean isWaiting(int entry, long nowNs) {
    return sentNs[entry] != 0 && nowNs - sentNs[entry] <= MAX_WAIT_NS;
  }

  private void learnFrom(Observation o, DnsView message) {
    if (message.answerCount() == 0) {
      return;
    }
    name.setLength(0);
    message.appendQuery(name);
    if (name.length() < 2) {
      return; // the root has no address
    }
    name.setLength(name.length() - 1); // Hubble shows names of addresses without the last dot
    clientHigh = o.destinationHigh;
    clientLow = o.destinationLow;
    timeNs = o.timeNs;
    message.forEachAnswer(learner);
  }

  private void learn(int type, long ttlSeconds, long high, long low) {
    if ((high | low) != 0) {
      names.learn(clientHigh, clientLow, high, low, name, timeNs, ttlSeconds);
    }
  }

  private static long key(Observation o, DnsView message, long question, long client, long server) {
    long place = (long) o.interfaceIndex << 32 | (long) o.protocol << 16 | message.id();
    return mix(mix(mix(client) + server) + place) ^ question;
  }

  private static long end(long high, long low, int port) {
    return mix(high + port) ^ low;
  }

  private static long mix(long word) {
    long mixed = (word ^ word >>> 32) * 0xD6E8FEB86659FD93L;
    return mixed ^ mixed >>> 32;
  }

  private static int setOf(long key) {
    return (int) (mix(key) & SETS - 1) * WAYS;
  }
}
