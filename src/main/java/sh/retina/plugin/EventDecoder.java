package sh.retina.plugin;

import sh.retina.event.Observation;

/**
 * Reads one kind of object's events. Bound by field name to the BTF that came with the events, so
 * that it reads what was written then, whatever the struct looks like today. Not thread-safe; one
 * per reader of the journal.
 */
public interface EventDecoder {
  /**
   * Fills a cleared observation from the event at an absolute native address. Times stay monotonic;
   * the caller adds the offset.
   *
   * @param length of the event, bytes; nothing beyond it is read
   * @return false when the bytes are no event that this decoder knows; the caller counts it
   */
  boolean decode(long address, int length, Observation observation);
}
