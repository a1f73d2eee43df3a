package sh.retina.pipeline;

/**
 * When requests were seen that wait for an answer, by what both have in common. The first of
 * several equal ones counts, as the client has waited since then. Bounded: sets of {@value #WAYS},
 * where a new one takes the place of the oldest. Allocates with the first request only. Not
 * thread-safe.
 */
final class Waiting {
  static final int WAYS = 4;

  private static final int SETS = 2_048;

  private final long maxWaitNs;

  // Entry i: key and time of a request; a time of 0 = empty.
  private long[] keys = {};
  private long[] sentNs = {};

  /**
   * @param maxWaitNs for how long a request is kept
   */
  Waiting(long maxWaitNs) {
    this.maxWaitNs = maxWaitNs;
  }

  void put(long key, long timeNs) {
    if (sentNs.length == 0) {
      keys = new long[SETS * WAYS];
      sentNs = new long[SETS * WAYS];
    }
    int first = setOf(key);
    int victim = first;
    for (int i = first; i < first + WAYS; i++) {
      if (keys[i] == key && isWaiting(i, timeNs)) {
        return;
      }
      if (sentNs[i] < sentNs[victim]) {
        victim = i;
      }
    }
    keys[victim] = key;
    sentNs[victim] = timeNs;
  }

  /** The time of the request, which waits no more; 0 if there is none. */
  long take(long key, long nowNs) {
    if (sentNs.length == 0) {
      return 0;
    }
    int first = setOf(key);
    for (int i = first; i < first + WAYS; i++) {
      if (keys[i] == key && isWaiting(i, nowNs)) {
        long time = sentNs[i];
        sentNs[i] = 0;
        keys[i] = 0;
        return time;
      }
    }
    return 0;
  }

  private boolean isWaiting(int entry, long nowNs) {
    return sentNs[entry] != 0 && nowNs - sentNs[entry] <= maxWaitNs;
  }

  private static int setOf(long key) {
    return (int) (mix(key) & SETS - 1) * WAYS;
  }

  /** Spreads the bits of a part of a key. */
  static long mix(long word) {
    long mixed = (word ^ word >>> 32) * 0xD6E8FEB86659FD93L;
    return mixed ^ mixed >>> 32;
  }
}
