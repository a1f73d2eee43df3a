package sh.retina.export.prometheus;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One message of protobuf after the other, as bytes in a buffer that is used again: messages of a
 * library would be some objects for each label of each series. One thread at a time.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Encoding</a>
 */
final class ProtobufBytes {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int LONGEST_VARINT = 10;

  private byte[] buffer = new byte[4 << 10];
  private int at;

  /** Writes what there is to a stream, and is empty then. */
  void drainTo(ByteChunks out) {
    out.write(buffer, 0, at);
    at = 0;
  }

  /** A number by itself, such as a message's length before it. */
  static void varint(OutputStream out, long number) throws java.io.IOException {
    ProtobufBytes bytes = new ProtobufBytes();
    bytes.varint(number);
    out.write(bytes.buffer, 0, bytes.at);
  }

  /** Begins a message inside this one; the result is for {@link #end}. */
  int begin(int field) {
    tag(field, BYTES);
    reserve(1);
    return at++;
  }

  /** Ends what began there: its length is known now. */
  void end(int begun) {
    int length = at - begun - 1;
    int lengthBytes = 1;
    for (int rest = length >>> 7; rest != 0; rest >>>= 7) {
      lengthBytes++;
    }
    reserve(lengthBytes - 1);
    System.arraycopy(buffer, begun + 1, buffer, begun + lengthBytes, length);
    at = begun;
    varint(length);
    at += length;
  }

  void number(int field, long value) {
    tag(field, VARINT);
    varint(value);
  }

  /** Of the types sint32 and sint64. */
  void signed(int field, long value) {
    number(field, value << 1 ^ value >> 63);
  }

  void real(int field, double value) {
    tag(field, FIXED64);
    reserve(Long.BYTES);
    long bits = Double.doubleToRawLongBits(value);
    for (int i = 0; i < Long.BYTES; i++) {
      buffer[at++] = (byte) (bits >>> 8 * i);
    }
  }

  void text(int field, String value) {
    int begun = begin(field);
    reserve(value.length());
    for (int i = 0; i < value.length(); i++) {
      char letter = value.charAt(i);
      if (letter >= 0x80) {
        byte[] rest = value.substring(i).getBytes(StandardCharsets.UTF_8);
        reserve(rest.length);
        System.arraycopy(rest, 0, buffer, at, rest.length);
        at += rest.length;
        break;
      }
      buffer[at++] = (byte) letter;
    }
    end(begun);
  }

  private void tag(int field, int type) {
    varint((long) field << 3 | type);
  }

  private void varint(long number) {
    reserve(LONGEST_VARINT);
    long rest = number;
    while ((rest & ~0x7fL) != 0) {
      buffer[at++] = (byte) (rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    buffer[at++] = (byte) rest;
  }

  private void reserve(int bytes) {
    if (at + bytes > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(at + bytes, buffer.length * 2));
    }
  }
}
