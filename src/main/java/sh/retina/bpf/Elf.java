package sh.retina.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Sections of a 64-bit ELF file in memory (elf(5)): just enough to take .BTF out of an object. */
public final class Elf {
  private static final int SECTION_OFFSET = 0x28; // e_shoff
  private static final int SECTION_ENTRY_SIZE = 0x3A; // e_shentsize
  private static final int SECTION_COUNT = 0x3C; // e_shnum
  private static final int NAMES_INDEX = 0x3E; // e_shstrndx
  private static final int TYPE = 4; // sh_type
  private static final int OFFSET = 0x18; // sh_offset
  private static final int SIZE = 0x20; // sh_size
  private static final int SHT_NOBITS = 8;

  private Elf() {}

  /**
   * The bytes of the first section of that name; empty when there is none or it has no bytes in the
   * file.
   *
   * @throws BtfException when the bytes are not a whole 64-bit ELF file
   */
  public static Optional<byte[]> section(byte[] elf, String name) {
    if (elf.length < 64
        || elf[0] != 0x7F
        || elf[1] != 'E'
        || elf[2] != 'L'
        || elf[3] != 'F'
        || elf[4] != 2) {
      throw new BtfException("not a 64-bit ELF file: " + elf.length + " bytes");
    }
    ByteBuffer file =
        ByteBuffer.wrap(elf).order(elf[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    try {
      long table = file.getLong(SECTION_OFFSET);
      int entrySize = Short.toUnsignedInt(file.getShort(SECTION_ENTRY_SIZE));
      int count = Short.toUnsignedInt(file.getShort(SECTION_COUNT));
      int names = header(table, entrySize, Short.toUnsignedInt(file.getShort(NAMES_INDEX)));
      int nameTable = Math.toIntExact(file.getLong(names + OFFSET));
      byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
      for (int i = 0; i < count; i++) {
        int header = header(table, entrySize, i);
        int at = nameTable + file.getInt(header);
        if (isNamed(elf, at, wanted) && file.getInt(header + TYPE) != SHT_NOBITS) {
          int from = Math.toIntExact(file.getLong(header + OFFSET));
          int size = Math.toIntExact(file.getLong(header + SIZE));
          if (from < 0 || size < 0 || from > elf.length - size) {
            throw new BtfException("section " + name + " reaches beyond the file");
          }
          return Optional.of(Arrays.copyOfRange(elf, from, from + size));
        }
      }
      return Optional.empty();
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw new BtfException("damaged ELF file of " + elf.length + " bytes", e);
    }
  }

  private static boolean isNamed(byte[] elf, int at, byte[] wanted) {
    return at >= 0
        && at < elf.length - wanted.length
        && elf[at + wanted.length] == 0
        && Arrays.equals(elf, at, at + wanted.length, wanted, 0, wanted.length);
  }

  private static int header(long table, int entrySize, int index) {
    return Math.toIntExact(table + (long) entrySize * index);
  }
}
