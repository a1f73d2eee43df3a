package sh.retina.bpf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A field of a struct, bound by name: {@code get(address)} reads it from the struct at that address
 * of {@link NativeMemory}. Made by {@link BpfStruct}; hold it in a final field. Nothing is
 * allocated by reading numbers. Setters exist so that tests write what they read. Thread-safe.
 */
public sealed interface BpfField {
  /** Distance from the start of the struct, in bytes. */
  long offset();

  /** An unsigned byte. */
  record U8(long offset) implements BpfField {
    public int get(long struct) {
      return Byte.toUnsignedInt(NativeMemory.byteAt(struct + offset));
    }

    /** Reads it from a copy. */
    public int get(StructWords struct) {
      return (int) struct.from(offset) & 0xff;
    }

    public void set(long struct, int value) {
      NativeMemory.putByte(struct + offset, (byte) value);
    }
  }

  /** An unsigned number of two bytes. */
  record U16(long offset) implements BpfField {
    public int get(long struct) {
      return Short.toUnsignedInt(NativeMemory.shortAt(struct + offset));
    }

    /** Reads it from a copy. */
    public int get(StructWords struct) {
      return (int) struct.from(offset) & 0xffff;
    }

    public void set(long struct, int value) {
      NativeMemory.putShort(struct + offset, (short) value);
    }
  }

  /** An unsigned number of four bytes. */
  record U32(long offset) implements BpfField {
    public long get(long struct) {
      return Integer.toUnsignedLong(NativeMemory.intAt(struct + offset));
    }

    /** The same bits as an int, for indexes and keys. */
    public int bits(long struct) {
      return NativeMemory.intAt(struct + offset);
    }

    /** The same bits, from a copy. */
    public int bits(StructWords struct) {
      return (int) struct.from(offset);
    }

    public void set(long struct, long value) {
      NativeMemory.putInt(struct + offset, (int) value);
    }
  }

  /** A number of eight bytes. It is unsigned in C: use Long's unsigned operations beyond 2^63. */
  record U64(long offset) implements BpfField {
    public long get(long struct) {
      return NativeMemory.longAt(struct + offset);
    }

    /** Reads it from a copy. */
    public long get(StructWords struct) {
      return struct.word(offset);
    }

    public void set(long struct, long value) {
      NativeMemory.putLong(struct + offset, value);
    }
  }

  /** An array of unsigned numbers of four bytes. */
  record U32Array(long offset, int length) implements BpfField {
    public long get(long struct, int index) {
      return Integer.toUnsignedLong(
          NativeMemory.intAt(struct + offset + 4L * Objects.checkIndex(index, length)));
    }

    /** Reads one from a copy. */
    public long get(StructWords struct, int index) {
      return struct.from(offset + 4L * Objects.checkIndex(index, length)) & 0xffff_ffffL;
    }

    public void set(long struct, int index, long value) {
      NativeMemory.putInt(struct + offset + 4L * Objects.checkIndex(index, length), (int) value);
    }
  }

  /** An array of bytes: an address in network order, or text. */
  record Bytes(long offset, int length) implements BpfField {
    /** Bytes 0 to 7 in network order. Needs at least eight bytes. */
    public long high(long struct) {
      return NativeMemory.bigEndianLongAt(struct + offset);
    }

    /** Bytes 8 to 15 in network order: only for a field that was bound with 16 bytes or more. */
    public long low(long struct) {
      return NativeMemory.bigEndianLongAt(struct + offset + 8);
    }

    /**
     * Bytes 0 to 7 in network order, from a copy in which they are a word: see {@link #isWords}.
     */
    public long high(StructWords struct) {
      return Long.reverseBytes(struct.word(offset));
    }

    /** Bytes 8 to 15 in network order, from such a copy. */
    public long low(StructWords struct) {
      return Long.reverseBytes(struct.word(offset + 8));
    }

    /** Whether it begins with a word. */
    public boolean isWords() {
      return (offset & 7) == 0;
    }

    /** Where the bytes start, for a copy without a detour. */
    public long address(long struct) {
      return struct + offset;
    }

    /** A new array with the bytes. */
    public byte[] get(long struct) {
      byte[] bytes = new byte[length];
      MemorySegment.copy(
          NativeMemory.all(), ValueLayout.JAVA_BYTE, struct + offset, bytes, 0, length);
      return bytes;
    }

    /** The bytes up to the first NUL, as UTF-8; what is not UTF-8 is replaced. */
    public String text(long struct) {
      byte[] bytes = get(struct);
      int end = 0;
      while (end < length && bytes[end] != 0) {
        end++;
      }
      return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    /** Writes the bytes and fills the rest with zero. */
    public void set(long struct, byte[] bytes) {
      if (bytes.length > length) {
        throw new IllegalArgumentException(
            bytes.length + " bytes do not fit in a field of " + length);
      }
      NativeMemory.all().asSlice(struct + offset, length).fill((byte) 0);
      MemorySegment.copy(
          bytes, 0, NativeMemory.all(), ValueLayout.JAVA_BYTE, struct + offset, bytes.length);
    }
  }
}
