package sh.retina.journal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/**
 * Layout of an excerpt, little endian, all three kinds alike: 48 bytes of header, up to 7 bytes of
 * padding that put the payload on an address divisible by 8, the payload.
 *
 * <pre>
 *  0  u8   kind              8  i32  count: records of a batch; bytes of the same context change still to come
 *  1  u8   format version   12  i32  payload bytes
 *  2  u16  payload offset   16  i64  run id                     32  i64  kernel clock to wall clock, ns
 *  4  i32  source id, or    24  i64  number of the first record 40  i64  wall clock of the append, ns since 1970
 *          context flags             (source: of the next one)
 * </pre>
 *
 * A context change larger than {@link #MAX_PAYLOAD_BYTES} is written in parts that follow each
 * other.
 */
final class Excerpt {
  static final byte BATCH = 1;
  static final byte SOURCE = 2;
  static final byte CONTEXT = 3;
  static final byte VERSION = 1;
  static final int SNAPSHOT = 1;
  static final int HEADER_BYTES = 48;

  /** With the headers, Chronicle's and ours, still within the MiB by which its blocks overlap. */
  static final int MAX_PAYLOAD_BYTES = (1 << 20) - 4096;

  /**
   * All of memory, addressed absolutely: the one segment that costs no allocation and no bounds
   * arithmetic per access.
   */
  static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Excerpt() {}

  static int payloadOffset(long address) {
    return HEADER_BYTES + (int) (-(address + HEADER_BYTES) & 7);
  }

  static void writeHeader(
      long address,
      byte kind,
      int sourceId,
      int count,
      int payloadBytes,
      long runId,
      long sequence,
      long realtimeOffsetNs,
      long appendedNs) {
    MEMORY.set(ValueLayout.JAVA_BYTE, address, kind);
    MEMORY.set(ValueLayout.JAVA_BYTE, address + 1, VERSION);
    MEMORY.set(SHORT, address + 2, (short) payloadOffset(address));
    MEMORY.set(INT, address + 4, sourceId);
    MEMORY.set(INT, address + 8, count);
    MEMORY.set(INT, address + 12, payloadBytes);
    MEMORY.set(LONG, address + 16, runId);
    MEMORY.set(LONG, address + 24, sequence);
    MEMORY.set(LONG, address + 32, realtimeOffsetNs);
    MEMORY.set(LONG, address + 40, appendedNs);
  }

  static byte kind(long address) {
    return MEMORY.get(ValueLayout.JAVA_BYTE, address);
  }

  static byte version(long address) {
    return MEMORY.get(ValueLayout.JAVA_BYTE, address + 1);
  }

  static long payload(long address) {
    return address + Short.toUnsignedInt(MEMORY.get(SHORT, address + 2));
  }

  static int sourceId(long address) {
    return MEMORY.get(INT, address + 4);
  }

  static int count(long address) {
    return MEMORY.get(INT, address + 8);
  }

  static int payloadBytes(long address) {
    return MEMORY.get(INT, address + 12);
  }

  static long runId(long address) {
    return MEMORY.get(LONG, address + 16);
  }

  static long sequence(long address) {
    return MEMORY.get(LONG, address + 24);
  }

  static long realtimeOffsetNs(long address) {
    return MEMORY.get(LONG, address + 32);
  }

  static long appendedNs(long address) {
    return MEMORY.get(LONG, address + 40);
  }

  /**
   * Whether a document of {@code documentBytes} at {@code address} can be an excerpt that this
   * version wrote.
   */
  static boolean isSound(long address, long documentBytes) {
    if (documentBytes < HEADER_BYTES || version(address) != VERSION) {
      return false;
    }
    long offset = payload(address) - address;
    int bytes = payloadBytes(address);
    return offset >= HEADER_BYTES && bytes >= 0 && offset + bytes <= documentBytes;
  }

  static byte[] payloadCopy(long address) {
    byte[] copy = new byte[payloadBytes(address)];
    MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, payload(address), copy, 0, copy.length);
    return copy;
  }

  static byte[] describe(String plugin, byte[] btf, Map<String, byte[]> attributes) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(btf.length + 256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(plugin);
      out.writeInt(btf.length);
      out.write(btf);
      out.writeInt(attributes.size());
      for (Map.Entry<String, byte[]> attribute : new TreeMap<>(attributes).entrySet()) {
        out.writeUTF(attribute.getKey());
        out.writeInt(attribute.getValue().length);
        out.write(attribute.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (bytes.size() > MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(
          "BTF and attributes of a source may have "
              + MAX_PAYLOAD_BYTES
              + " bytes together: plugin="
              + plugin
              + " bytes="
              + bytes.size());
    }
    return bytes.toByteArray();
  }

  /** The source described by {@link #describe} in the excerpt at {@code address}. */
  static JournalSource source(long address) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payloadCopy(address)))) {
      String plugin = in.readUTF();
      byte[] btf = in.readNBytes(in.readInt());
      Map<String, byte[]> attributes = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        String name = in.readUTF();
        attributes.put(name, in.readNBytes(in.readInt()));
      }
      return new JournalSource(
          sourceId(address), runId(address), plugin, btf, attributes, new JournalSource.Counters());
    } catch (IllegalArgumentException e) {
      throw new IOException("negative length", e);
    }
  }
}
