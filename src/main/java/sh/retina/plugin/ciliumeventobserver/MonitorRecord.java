package sh.retina.plugin.ciliumeventobserver;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The record that goes to the journal. In the node's byte order:
 *
 * <pre>
 *  0  8  CLOCK_MONOTONIC at the receipt, ns
 *  8  1  version of this format: 1
 *  9  1  flags: bit 0: the message was longer and is cut
 * 10     the message as Cilium sent it
 * </pre>
 */
final class MonitorRecord {
  static final int HEADER_BYTES = 10;
  static final int VERSION = 1;
  static final int CUT = 1;

  /** Headers and what Cilium captures of a packet are below 2 KiB; requests may be longer. */
  static final int MAX_MESSAGE_BYTES = 16 << 10;

  private static final VarHandle TIME =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private MonitorRecord() {}

  static byte[] buffer() {
    return new byte[HEADER_BYTES + MAX_MESSAGE_BYTES];
  }

  /** Returns the length of the record. */
  static int write(byte[] record, long timeNs, byte[] message) {
    int length = Math.min(message.length, MAX_MESSAGE_BYTES);
    TIME.set(record, 0, timeNs);
    record[8] = VERSION;
    record[9] = (byte) (length < message.length ? CUT : 0);
    System.arraycopy(message, 0, record, HEADER_BYTES, length);
    return HEADER_BYTES + length;
  }

  static long timeNs(byte[] record) {
    return (long) TIME.get(record, 0);
  }
}
