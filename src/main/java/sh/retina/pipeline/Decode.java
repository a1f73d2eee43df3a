package sh.retina.pipeline;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.bpf.RingRecords;
import sh.retina.event.Observation;
import sh.retina.journal.EventBatch;
import sh.retina.plugin.EventDecoder;

/**
 * Turns the records of a batch into observations, one at a time into the same object. One per
 * reader of the journal; not thread-safe.
 */
final class Decode {
  private static final Logger LOG = LoggerFactory.getLogger(Decode.class);

  private final Map<Integer, EventDecoder> decoders = new HashMap<>();
  private final RingRecords records = new RingRecords();
  private @Nullable EventDecoder decoder;
  private long position;
  private long realtimeOffsetNs;
  private int index;
  private int malformed;
  private long faults;

  /** Records of this source are read by that decoder from now on. */
  void bind(int source, EventDecoder by) {
    decoders.put(source, by);
  }

  /** Starts on a batch; what {@link #next} gives comes from it. */
  void open(EventBatch batch) {
    decoder = decoders.get(batch.source().id());
    position = batch.position();
    realtimeOffsetNs = batch.realtimeOffsetNs();
    records.over(batch.address(), batch.byteCount());
    index = -1;
    malformed = 0;
  }

  /** Fills the observation from the next record that is an event; false at the end of the batch. */
  boolean next(Observation event) {
    while (records.next()) {
      index++;
      event.clear();
      EventDecoder by = decoder;
      if (by != null && decoded(by, event)) {
        event.journalIndex = position;
        event.journalRecord = index;
        event.timeNs += realtimeOffsetNs;
        if (event.firstNs != 0) {
          event.firstNs += realtimeOffsetNs;
        }
        return true;
      }
      malformed++;
    }
    return false;
  }

  /** False too when the decoder breaks on it: one record must not end the path of all others. */
  private boolean decoded(EventDecoder by, Observation event) {
    try {
      return by.decode(records.address(), records.length(), event);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      faults++;
      // At the 1st, 2nd, 4th, 8th…: a decoder that breaks on every record does not fill the log.
      if (Long.bitCount(faults) == 1) {
        LOG.error("a decoder broke on a record, {} so far; they count as decode_error", faults, e);
      }
      return false;
    }
  }

  /** Records of this batch so far that no decoder could read. */
  int malformed() {
    return malformed;
  }
}
