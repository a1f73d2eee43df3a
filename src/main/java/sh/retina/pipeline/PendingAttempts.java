package sh.retina.pipeline;

import java.util.Arrays;
import java.util.function.LongConsumer;
import sh.retina.event.Observation;

/**
 * SYNs that wait for an answer. Time is that of the events, so that a reader who is behind judges
 * as one who is not. Bounded: past {@value #ROOM} the oldest is taken for unanswered. Not
 * thread-safe.
 */
final class PendingAttempts {
  static final int ROOM = 1_024;

  /** A flow that ended long ago, whose end was lost. */
  private static final long FORGET_NS = 300_000_000_000L;

  private static final int CLIENT_HIGH = 0;
  private static final int CLIENT_LOW = 1;
  private static final int SERVER_HIGH = 2;
  private static final int SERVER_LOW = 3;
  private static final int PORTS = 4;
  private static final int SINCE = 5;

  /**
   * How many attempts it stands for; 0 when they were counted and only the flow's end is missing.
   */
  private static final int WEIGHT = 6;

  private static final int WORDS = 7;
  private static final int PORT_BITS = 16;

  private final long patienceNs;
  private final LongConsumer onUnanswered;
  private long[] entries = new long[16 * WORDS];
  private int count;

  /** {@code onUnanswered}: is told how many attempts got no answer. */
  PendingAttempts(long patienceNs, LongConsumer onUnanswered) {
    this.patienceNs = patienceNs;
    this.onUnanswered = onUnanswered;
  }

  /** A SYN to the server; again, if it is known already. */
  void opened(Observation o) {
    expire(o.timeNs);
    if (find(o.sourceHigh, o.sourceLow, o.destinationHigh, o.destinationLow, ports(o, true)) >= 0) {
      return;
    }
    if (count == ROOM) {
      giveUp(0);
      remove(0);
    }
    if (count * WORDS == entries.length) {
      entries = Arrays.copyOf(entries, entries.length * 2);
    }
    int at = count++ * WORDS;
    entries[at + CLIENT_HIGH] = o.sourceHigh;
    entries[at + CLIENT_LOW] = o.sourceLow;
    entries[at + SERVER_HIGH] = o.destinationHigh;
    entries[at + SERVER_LOW] = o.destinationLow;
    entries[at + PORTS] = ports(o, true);
    entries[at + SINCE] = o.timeNs;
    entries[at + WEIGHT] = Math.max(1, o.sampling);
  }

  /** Anything from the server: a refusal is an answer too. */
  void answered(Observation o) {
    int found =
        find(o.destinationHigh, o.destinationLow, o.sourceHigh, o.sourceLow, ports(o, false));
    if (found >= 0) {
      remove(found);
    }
    expire(o.timeNs);
  }

  /** The client's side of the flow is over. */
  void ended(Observation o) {
    int found =
        find(o.sourceHigh, o.sourceLow, o.destinationHigh, o.destinationLow, ports(o, true));
    if (found >= 0) {
      giveUp(found);
      remove(found);
    }
    expire(o.timeNs);
  }

  /** Gives up those that have waited for too long. */
  void expire(long nowNs) {
    for (int i = 0; i < count; ) {
      long ageNs = nowNs - entries[i * WORDS + SINCE];
      if (ageNs >= patienceNs) {
        giveUp(i);
      }
      if (ageNs >= FORGET_NS) {
        remove(i);
      } else {
        i++;
      }
    }
  }

  private void giveUp(int entry) {
    long weight = entries[entry * WORDS + WEIGHT];
    if (weight > 0) {
      onUnanswered.accept(weight);
      entries[entry * WORDS + WEIGHT] = 0;
    }
  }

  /** Keeps the order, so that the first is the oldest. */
  private void remove(int entry) {
    int from = (entry + 1) * WORDS;
    System.arraycopy(entries, from, entries, entry * WORDS, count * WORDS - from);
    count--;
  }

  private int find(long clientHigh, long clientLow, long serverHigh, long serverLow, long ports) {
    for (int i = 0; i < count; i++) {
      int at = i * WORDS;
      if (entries[at + PORTS] == ports
          && entries[at + CLIENT_LOW] == clientLow
          && entries[at + SERVER_LOW] == serverLow
          && entries[at + CLIENT_HIGH] == clientHigh
          && entries[at + SERVER_HIGH] == serverHigh) {
        return i;
      }
    }
    return -1;
  }

  /** Client's, then server's. */
  private static long ports(Observation o, boolean fromClient) {
    return fromClient
        ? (long) o.sourcePort << PORT_BITS | o.destinationPort
        : (long) o.destinationPort << PORT_BITS | o.sourcePort;
  }
}
