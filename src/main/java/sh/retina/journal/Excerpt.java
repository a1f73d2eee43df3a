package sh.retina.journal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The bytes of one queue document, in the machine's byte order.
 *
 * <pre>
 *  0        4        8                16               24               32              40               48
 *  | kind   | source | run id         | records        | first sequence | realtime off. | appended       | payload …
 *  | version|        |                | pad            |                | ns            | wall clock ns  |
 * </pre>
 *
 * The payload begins at the next multiple of 8 in memory: records of a ring are aligned to that.
 * Its length is the document's rest.
 */
final class Excerpt {
  static final int BATCH = 1;
  static final int SOURCE = 2;
  static final int CONTEXT_CHANGE = 3;
  static final int CONTEXT_SNAPSHOT = 4;
  static final int VERSION = 1;

  static final int HEADER_LENGTH = 48;
  private static final int KIND_OFFSET = 0;
  private static final int SOURCE_OFFSET = 4;
  private static final int RUN_OFFSET = 8;
  private static final int RECORDS_OFFSET = 16;
  private static final int SEQUENCE_OFFSET = 24;
  private static final int REALTIME_OFFSET = 32;
  private static final int APPENDED_OFFSET = 40;

  /** All of native memory: addresses come from the ring and from the queue's mapped files. */
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Excerpt() {}

  static void writeHeader(
      long at,
      int kind,
      int source,
      long runId,
      int records,
      long sequence,
      long offsetNs,
      long appendedNs) {
    ALL.set(JAVA_INT_UNALIGNED, at + KIND_OFFSET, kind | VERSION << 16);
    ALL.set(JAVA_INT_UNALIGNED, at + SOURCE_OFFSET, source);
    ALL.set(JAVA_LONG_UNALIGNED, at + RUN_OFFSET, runId);
    ALL.set(JAVA_LONG_UNALIGNED, at + RECORDS_OFFSET, records);
    ALL.set(JAVA_LONG_UNALIGNED, at + SEQUENCE_OFFSET, sequence);
    ALL.set(JAVA_LONG_UNALIGNED, at + REALTIME_OFFSET, offsetNs);
    ALL.set(JAVA_LONG_UNALIGNED, at + APPENDED_OFFSET, appendedNs);
  }

  static int kind(long at) {
    return ALL.get(JAVA_INT_UNALIGNED, at + KIND_OFFSET) & 0xffff;
  }

  static int version(long at) {
    return ALL.get(JAVA_INT_UNALIGNED, at + KIND_OFFSET) >>> 16;
  }

  static int source(long at) {
    return ALL.get(JAVA_INT_UNALIGNED, at + SOURCE_OFFSET);
  }

  static long runId(long at) {
    return ALL.get(JAVA_LONG_UNALIGNED, at + RUN_OFFSET);
  }

  static int records(long at) {
    return (int) ALL.get(JAVA_LONG_UNALIGNED, at + RECORDS_OFFSET);
  }

  static long sequence(long at) {
    return ALL.get(JAVA_LONG_UNALIGNED, at + SEQUENCE_OFFSET);
  }

  static long realtimeOffsetNs(long at) {
    return ALL.get(JAVA_LONG_UNALIGNED, at + REALTIME_OFFSET);
  }

  static long appendedNs(long at) {
    return ALL.get(JAVA_LONG_UNALIGNED, at + APPENDED_OFFSET);
  }

  /** Where the payload of a document begins that itself begins at {@code at}. */
  static long payload(long at) {
    return at + HEADER_LENGTH + 7 & -8;
  }

  static void copy(long from, long to, long byteCount) {
    MemorySegment.copy(ALL, from, ALL, to, byteCount);
  }

  static void write(byte[] from, long to) {
    MemorySegment.copy(from, 0, ALL, JAVA_BYTE, to, from.length);
  }

  static byte[] read(long from, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(ALL, JAVA_BYTE, from, bytes, 0, length);
    return bytes;
  }

  /** A source's description: plugin, BTF, attributes, each with its length before it. */
  static byte[] encode(JournalSource source) {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    put(bytes, source.plugin().getBytes(StandardCharsets.UTF_8));
    put(bytes, source.btf());
    source
        .attributes()
        .forEach((name, value) -> {
          put(bytes, name.getBytes(StandardCharsets.UTF_8));
          put(bytes, value);
        });
    return bytes.toByteArray();
  }

  private static void put(java.io.ByteArrayOutputStream to, byte[] bytes) {
    int n = bytes.length;
    to.writeBytes(new byte[] {(byte) n, (byte) (n >>> 8), (byte) (n >>> 16), (byte) (n >>> 24)});
    to.writeBytes(bytes);
  }

  /**
   * Reads what {@link #encode} wrote. Throws IllegalArgumentException when the lengths do not fit.
   */
  static JournalSource decodeSource(int id, long runId, byte[] bytes) {
    java.nio.ByteBuffer buffer =
        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    String plugin = new String(take(buffer), StandardCharsets.UTF_8);
    byte[] btf = take(buffer);
    Map<String, byte[]> attributes = new LinkedHashMap<>();
    while (buffer.remaining() >= 4) {
      // The document may be padded with zeros, which would be an attribute without a name.
      String name = new String(take(buffer), StandardCharsets.UTF_8);
      if (name.isEmpty()) {
        break;
      }
      attributes.put(name, take(buffer));
    }
    return new JournalSource(id, runId, plugin, btf, attributes);
  }

  private static byte[] take(java.nio.ByteBuffer buffer) {
    int length = buffer.remaining() >= 4 ? buffer.getInt() : -1;
    if (length < 0 || length > buffer.remaining()) {
      throw new IllegalArgumentException(
          "a length of " + length + " where " + buffer.remaining() + " bytes are left");
    }
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }
}
