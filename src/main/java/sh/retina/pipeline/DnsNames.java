package sh.retina.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients asked for by name: which names led a client to an address. Bounded: sets of {@value
 * #WAYS} entries, where a new one takes the place of the one that ends first. An entry is of a
 * client, an address and a name; it is believed from the answer on for as long as its time to live
 * says, at least an hour: connections outlive the answer that they began with by far, and nothing
 * asks again for one that stays open.
 *
 * <p>Thread-safe: the metric path fills one that streams ask too. An entry that is known is renewed
 * without allocation.
 */
public final class DnsNames {
  static final int WAYS = 8;

  private static final int KEY_WORDS = 4;
  private static final long SECOND_NS = 1_000_000_000L;
  private static final long MIN_LIFE_NS = 3_600 * SECOND_NS;
  private static final long MAX_LIFE_NS = 24 * MIN_LIFE_NS;

  /** Flows carry the kernel's coarse clock, which is up to a tick behind that of an answer. */
  private static final long CLOCK_SLACK_NS = 20_000_000;

  private final int sets;

  // Guarded by this; made with the first name, as most tables never get one. Entry i has the key
  // words from i * KEY_WORDS on; one without a name is empty.
  private long[] keys = {};
  private long[] learnedNs = {};
  private long[] endNs = {};
  private String[] names = {};

  /** {@code entries}: a power of two, at least {@value #WAYS}. */
  public DnsNames(int entries) {
    if (Integer.bitCount(entries) != 1 || entries < WAYS) {
      throw new IllegalArgumentException("not a power of two from " + WAYS + " on: " + entries);
    }
    sets = entries / WAYS;
  }

  /** A client got an address for a name at a time; addresses as in IpAddress, times of the wall. */
  synchronized void learn(
      long clientHigh,
      long clientLow,
      long high,
      long low,
      CharSequence name,
      long timeNs,
      long ttlSeconds) {
    if (names.length == 0) {
      keys = new long[sets * WAYS * KEY_WORDS];
      learnedNs = new long[sets * WAYS];
      endNs = new long[sets * WAYS];
      names = new String[sets * WAYS];
    }
    long end = timeNs + Math.clamp(ttlSeconds * SECOND_NS, MIN_LIFE_NS, MAX_LIFE_NS);
    int first = firstOf(clientHigh, clientLow, high, low);
    int victim = first;
    for (int i = first; i < first + WAYS; i++) {
      String there = names[i];
      if (there == null) {
        victim = i;
        break;
      }
      if (isOf(i, clientHigh, clientLow, high, low) && there.contentEquals(name)) {
        if (endNs[i] < timeNs) {
          learnedNs[i] = timeNs; // it was over, and is known anew
        }
        endNs[i] = Math.max(endNs[i], end);
        return;
      }
      if (endNs[i] < endNs[victim]) {
        victim = i;
      }
    }
    int key = victim * KEY_WORDS;
    keys[key] = clientHigh;
    keys[key + 1] = clientLow;
    keys[key + 2] = high;
    keys[key + 3] = low;
    learnedNs[victim] = timeNs;
    endNs[victim] = end;
    names[victim] = name.toString();
  }

  /** Names by which a client knew an address at a time, sorted; mostly none. */
  synchronized List<String> of(long clientHigh, long clientLow, long high, long low, long timeNs) {
    if (names.length == 0) {
      return List.of();
    }
    List<String> found = List.of();
    int first = firstOf(clientHigh, clientLow, high, low);
    for (int i = first; i < first + WAYS; i++) {
      String name = names[i];
      if (name != null
          && isOf(i, clientHigh, clientLow, high, low)
          && learnedNs[i] - CLOCK_SLACK_NS <= timeNs
          && timeNs <= endNs[i]) {
        if (found.isEmpty()) {
          found = new ArrayList<>();
        }
        found.add(name);
      }
    }
    return found.isEmpty() ? found : found.stream().sorted().toList();
  }

  private boolean isOf(int entry, long clientHigh, long clientLow, long high, long low) {
    int key = entry * KEY_WORDS;
    return keys[key + 3] == low
        && keys[key + 1] == clientLow
        && keys[key + 2] == high
        && keys[key] == clientHigh;
  }

  private int firstOf(long clientHigh, long clientLow, long high, long low) {
    long mixed = (clientHigh * 31 + clientLow) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ mixed >>> 32 ^ high * 31 + low) * 0xBF58476D1CE4E5B9L;
    return (int) ((mixed ^ mixed >>> 32) & sets - 1) * WAYS;
  }
}
