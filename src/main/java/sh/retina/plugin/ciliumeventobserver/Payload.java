package sh.retina.plugin.ciliumeventobserver;

import java.util.Map;

/**
 * What the monitor sends (cilium/cilium, pkg/monitor/payload).
 *
 * @param data a message of the datapath or of the agent, its type first
 * @param lost events that the monitor could not read from the datapath
 */
record Payload(byte[] data, long lost) {
  // Of linux/perf_event.h.
  private static final long SAMPLE = 9;
  private static final long RECORD_LOST = 2;

  private static final byte[] NOTHING = {};

  static Payload of(Object value) throws GobException {
    if (value instanceof Map<?, ?> fields && fields.get("Type") instanceof Long type) {
      if (type == RECORD_LOST) {
        return new Payload(
            NOTHING, fields.get("Lost") instanceof Long lost ? Math.max(0, lost) : 0);
      }
      if (type == SAMPLE) {
        return new Payload(fields.get("Data") instanceof byte[] data ? data : NOTHING, 0);
      }
      return new Payload(NOTHING, 0);
    }
    throw new GobException("a value that is no payload of Cilium's monitor");
  }

  /** Debug messages and what the agent tells of itself are none. */
  boolean isFlow() {
    return data.length > 0 && MonitorMessage.isFlow(data[0] & 0xff);
  }
}
