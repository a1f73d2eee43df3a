package sh.retina.plugin;

/**
 * What every object counts in its per-CPU array of counters. The index of each is an enum constant
 * of the object, {@code <PREFIX>_STAT_<name>}, found by name in its BTF.
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
  TABLE_FULL
}
