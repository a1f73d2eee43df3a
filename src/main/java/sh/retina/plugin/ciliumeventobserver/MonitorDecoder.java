package sh.retina.plugin.ciliumeventobserver;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import sh.retina.bpf.NativeMemory;
import sh.retina.event.Observation;
import sh.retina.plugin.EventDecoder;

/** {@link MonitorRecord}s. Allocates nothing but for what proxies saw. */
final class MonitorDecoder implements EventDecoder {
  private final byte[] record = MonitorRecord.buffer();

  @Override
  public boolean decode(long address, int length, Observation event) {
    if (length <= MonitorRecord.HEADER_BYTES || length > record.length) {
      return false;
    }
    MemorySegment.copy(NativeMemory.all(), ValueLayout.JAVA_BYTE, address, record, 0, length);
    if (record[8] != MonitorRecord.VERSION) {
      return false;
    }
    event.plugin = CiliumeventobserverPlugin.NAME;
    event.timeNs = MonitorRecord.timeNs(record);
    int from = MonitorRecord.HEADER_BYTES;
    return (record[from] & 0xff) == MonitorMessage.ACCESS_LOG
        ? AccessLog.decode(record, from + 1, length, event)
        : MonitorMessage.decode(record, from, length, event);
  }
}
