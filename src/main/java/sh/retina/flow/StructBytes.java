package sh.retina.flow;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a {@code google.protobuf.Struct} in protobuf's wire format: a message per value, a map and
 * an entry in it were a fifth of what a flow costs. Keys are ASCII and different from each other.
 * To be used again after {@link #clear}; not thread-safe.
 */
final class StructBytes {
  private static final int FIRST_BYTES = 256;
  private static final int LONGEST_VARINT = 5;

  // Tags: number of the field, and whether eight bytes follow or a length.
  private static final int FIELDS = 1 << 3 | 2;
  private static final int KEY = 1 << 3 | 2;
  private static final int VALUE = 2 << 3 | 2;
  private static final int NUMBER = 2 << 3 | 1;
  private static final int STRING = 3 << 3 | 2;
  private static final int STRUCT = 5 << 3 | 2;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;

  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  ByteString copy() {
    return ByteString.copyFrom(bytes, 0, size);
  }

  void put(String key, double value) {
    entry(key, 1 + Double.BYTES);
    bytes[size++] = NUMBER;
    long bits = Double.doubleToRawLongBits(value);
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      bytes[size++] = (byte) (bits >> shift);
    }
  }

  void put(String key, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    put(key, STRING, text, text.length);
  }

  void put(String key, StructBytes value) {
    put(key, STRUCT, value.bytes, value.size);
  }

  private void put(String key, int tag, byte[] content, int length) {
    entry(key, 1 + sizeOf(length) + length);
    bytes[size++] = (byte) tag;
    varint(length);
    System.arraycopy(content, 0, bytes, size, length);
    size += length;
  }

  /** The key and what stands before the value, for which there is room then. */
  @SuppressWarnings("deprecation") // without a copy: each char is an ASCII one
  private void entry(String key, int valueBytes) {
    int keyBytes = key.length();
    int length = 1 + sizeOf(keyBytes) + keyBytes + 1 + sizeOf(valueBytes) + valueBytes;
    int needed = size + 1 + LONGEST_VARINT + length;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
    }
    bytes[size++] = FIELDS;
    varint(length);
    bytes[size++] = KEY;
    varint(keyBytes);
    key.getBytes(0, keyBytes, bytes, size);
    size += keyBytes;
    bytes[size++] = VALUE;
    varint(valueBytes);
  }

  private static int sizeOf(int varint) {
    return Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(varint) + 6) / 7);
  }

  private void varint(int value) {
    int rest = value;
    while (rest > 0x7f) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }
}
