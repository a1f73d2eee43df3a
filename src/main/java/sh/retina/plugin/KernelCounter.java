package sh.retina.plugin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What objects count in their per-CPU array of counters. The index of each is an enum constant of
 * the object, {@code <PREFIX>_STAT_<name>}, found by name in its BTF. The first five are in every
 * object; what else an object does not have counts 0.
 */
public enum KernelCounter {
  /** Reports that the ring took. */
  EVENTS,
  /** Reports that the ring refused; what they count comes with the next report of the same flow. */
  DEFERRED_EVENTS,
  /** Reports that the ring refused and whose counts are gone. */
  LOST_EVENTS,
  /** Packets counted in lost reports. */
  LOST_PACKETS,
  LOST_BYTES,
  /** Packets that were reported by themselves, as the table was full. */
  TABLE_FULL,
  /**
   * Packets that the programs were shown, or messages in them; several segments that travel as one
   * count once.
   */
  SEEN("FRAMES", "DROPS", "SEGMENTS", "ENDS", "MESSAGES"),
  /** Without a readable IP header. */
  NOT_IP,
  /** Cut short; counted in flows too if the IP header could be read. */
  MALFORMED,
  /** Of connections that sampling leaves out. */
  UNSAMPLED,
  /** Between addresses that are of no interest. */
  UNWANTED,
  /** Reported by themselves, as their entry was in use. */
  CONTENDED,
  /** Drops that are left out by their reason. */
  EXCLUDED,
  /** Segments and datagrams whose messages cannot be told apart or have no readable start. */
  UNPARSED,
  /** Drops of what is no network packet: UNIX sockets, netlink. */
  NOT_NETWORK;

  private final List<String> constants;

  KernelCounter() {
    this.constants = List.of(name());
  }

  KernelCounter(String... constants) {
    this.constants = List.of(constants);
  }

  /** Whether an object without it is not one of ours. */
  boolean isRequired() {
    return compareTo(LOST_BYTES) <= 0;
  }

  /** Its index among an object's constants, by their names; null if the object has none. */
  @Nullable Integer index(String prefix, Map<String, Long> indexes) {
    for (String constant : constants) {
      Long index = indexes.get(prefix + constant);
      if (index != null) {
        return index.intValue();
      }
    }
    return null;
  }
}
