package sh.retina.pipeline;

import sh.retina.event.DnsView;
import sh.retina.event.Observation;

/**
 * Brings query and answer together: how long the answer took, and what name an address was asked
 * for. Sees the events of one reader in their order and asks their own times, so a replay gives the
 * same. Allocates only for a name that is new. Not thread-safe.
 *
 * <p>A query waits ({@link Waiting}) under its place (interface), its tuple, its id and its
 * question. An answer without a query teaches no names: anybody can send one.
 */
final class DnsExchanges {
  /** Resolvers give up long before. */
  private static final long MAX_WAIT_NS = 30_000_000_000L;

  private static final long FIRST_ON_NODE = 1;

  private final DnsNames names;
  private final StringBuilder name = new StringBuilder();
  private final DnsView.AnswerVisitor learner = this::learn;
  private long clientHigh;
  private long clientLow;
  private long timeNs;

  /** With FIRST_ON_NODE as the lowest bit of a time. */
  private final Waiting queries = new Waiting(MAX_WAIT_NS);

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
    queries.put(
        key(
            o,
            message,
            question,
            end(o.sourceHigh, o.sourceLow, o.sourcePort),
            end(o.destinationHigh, o.destinationLow, o.destinationPort)),
        o.timeNs & ~FIRST_ON_NODE | (o.firstOnNode ? FIRST_ON_NODE : 0));
  }

  private void answered(Observation o, DnsView message, long question) {
    long askedNs =
        queries.take(
            key(
                o,
                message,
                question,
                end(o.destinationHigh, o.destinationLow, o.destinationPort),
                end(o.sourceHigh, o.sourceLow, o.sourcePort)),
            o.timeNs);
    if (askedNs != 0) {
      o.dnsLatencyNs = Math.max(1, o.timeNs - (askedNs & ~FIRST_ON_NODE));
      o.dnsQueryFirstOnNode = (askedNs & FIRST_ON_NODE) != 0;
      learnFrom(o, message);
    }
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
    return Waiting.mix(Waiting.mix(Waiting.mix(client) + server) + place) ^ question;
  }

  private static long end(long high, long low, int port) {
    return Waiting.mix(high + port) ^ low;
  }
}
