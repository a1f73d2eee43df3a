package sh.retina.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Type information in the BPF Type Format (Documentation/bpf/btf.rst): of an object file, of the
 * kernel, or of a kernel module, which continues the kernel's (split BTF). Needs neither root nor
 * native code.
 *
 * <p>Only the place of each type is indexed; names are compared in the bytes when something is
 * looked up. So the kernel's 5 MB cost one pass and four bytes per type, and a look-up in them a
 * millisecond or so: keep what you found, not the Btf. Immutable and thread-safe.
 */
public final class Btf {
  static final int MAX_DEPTH = 64;
  private static final int MAGIC = 0xEB9F;

  private final byte[] bytes;
  private final ByteBuffer data;
  private final int strings;
  private final int stringsLength;
  private final int[] places;
  private final @Nullable Btf base;
  private final int firstId;
  private final int firstString;

  private Btf(byte[] section, @Nullable Btf base) {
    this.bytes = section;
    this.base = base;
    this.firstId = base == null ? 1 : base.typeCount();
    this.firstString = base == null ? 0 : base.firstString + base.stringsLength;
    ByteBuffer buffer = ByteBuffer.wrap(section).order(ByteOrder.LITTLE_ENDIAN);
    if (section.length >= 24 && Short.toUnsignedInt(buffer.getShort(0)) != MAGIC) {
      buffer.order(ByteOrder.BIG_ENDIAN);
    }
    this.data = buffer;
    if (section.length < 24 || Short.toUnsignedInt(buffer.getShort(0)) != MAGIC) {
      throw new BtfException("not BTF: " + section.length + " bytes without its magic number");
    }
    try {
      int header = buffer.getInt(4);
      int types = header + buffer.getInt(8);
      int typesEnd = types + buffer.getInt(12);
      if (types < 0 || typesEnd < types || typesEnd > section.length) {
        throw new BtfException("damaged BTF: its types reach beyond " + section.length + " bytes");
      }
      this.strings = header + buffer.getInt(16);
      this.stringsLength = buffer.getInt(20);
      if (strings < 0 || stringsLength < 0 || strings > section.length - stringsLength) {
        throw new BtfException(
            "damaged BTF: its strings reach beyond " + section.length + " bytes");
      }
      this.places = index(types, typesEnd);
    } catch (IndexOutOfBoundsException e) {
      throw new BtfException("damaged BTF of " + section.length + " bytes", e);
    }
  }

  /** Reads the bytes of a .BTF section or of /sys/kernel/btf/vmlinux. */
  public static Btf parse(byte[] section) {
    return new Btf(section, null);
  }

  /** Reads split BTF, whose type numbers and strings go on where the base's end. */
  public static Btf parse(byte[] section, Btf base) {
    return new Btf(section, base);
  }

  /** Reads the .BTF section of an object file. */
  public static Btf ofObject(byte[] elf) {
    return parse(
        Elf.section(elf, ".BTF")
            .orElseThrow(() -> new BtfException("the object has no .BTF: compile it with -g")));
  }

  /** A copy of the bytes this was read from: what a journal keeps so that it stays readable. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * The struct of that tag, ready to bind fields.
   *
   * @throws BtfException when there is none
   */
  public BpfStruct struct(String name) {
    return findStruct(name)
        .orElseThrow(
            () -> new BtfException("no struct " + name + " in BTF: add EVENT_TYPE(" + name + ")"));
  }

  public Optional<BpfStruct> findStruct(String name) {
    int id = find(name, BtfKind.STRUCT, BtfKind.STRUCT);
    return id == 0 ? Optional.empty() : Optional.of(new BpfStruct(this, id));
  }

  /** The tags of all structs that are defined here, without those of the base. */
  public List<String> structNames() {
    List<String> names = new ArrayList<>();
    for (int id = firstId; id < typeCount(); id++) {
      if (kind(id) == BtfKind.STRUCT && nameOffset(id) != 0) {
        names.add(name(id));
      }
    }
    return names;
  }

  /** The enum of that tag; empty where there is none. */
  public Optional<BtfEnum> findEnum(String name) {
    int id = find(name, BtfKind.ENUM, BtfKind.ENUM64);
    return id == 0 ? Optional.empty() : Optional.of(BtfEnum.of(this, id));
  }

  /**
   * The constants of the enum of that tag, by name.
   *
   * @throws BtfException when there is no such enum
   */
  public Map<String, Long> enumValues(String name) {
    return findEnum(name)
        .orElseThrow(() -> new BtfException("no enum " + name + " in BTF"))
        .values();
  }

  /** One more than the highest type number, those of the base included. */
  int typeCount() {
    return firstId + places.length;
  }

  int kind(int id) {
    return id == 0 ? BtfKind.VOID : info(id) >>> 24 & 0x1F;
  }

  /** Members of a struct, constants of an enum, variables of a section. */
  int memberCount(int id) {
    return info(id) & 0xFFFF;
  }

  /** The kind's flag: signed for an enum, offsets with bit-field sizes for a struct. */
  boolean isFlagged(int id) {
    return info(id) < 0;
  }

  /** One of the 32-bit words that follow a type's common twelve bytes. */
  int extra(int id, int word) {
    Btf owner = owner(id);
    return owner.data.getInt(owner.place(id) + 12 + 4 * word);
  }

  String name(int id) {
    return id == 0 ? "void" : string(nameOffset(id));
  }

  int sizeOrType(int id) {
    Btf owner = owner(id);
    return owner.data.getInt(owner.place(id) + 8);
  }

  /** The type behind typedefs and qualifiers. */
  int resolve(int id) {
    int type = id;
    for (int depth = 0; BtfKind.isModifier(kind(type)); depth++) {
      if (depth == MAX_DEPTH) {
        throw new BtfException("damaged BTF: type " + id + " refers to itself");
      }
      type = sizeOrType(type);
    }
    return type;
  }

  /** Bytes of a variable of the type. */
  long size(int id) {
    int type = resolve(id);
    return switch (kind(type)) {
      case BtfKind.POINTER -> 8;
      case BtfKind.ARRAY -> arraySize(type);
      case BtfKind.INT,
          BtfKind.STRUCT,
          BtfKind.UNION,
          BtfKind.ENUM,
          BtfKind.ENUM64,
          BtfKind.FLOAT,
          BtfKind.DATASEC ->
          Integer.toUnsignedLong(sizeOrType(type));
      default -> 0;
    };
  }

  /** An array of arrays of arrays: a loop of types in damaged BTF must not become one of ours. */
  private long arraySize(int array) {
    long count = 1;
    int type = array;
    for (int depth = 0; kind(type) == BtfKind.ARRAY; depth++) {
      if (depth == MAX_DEPTH) {
        throw new BtfException("damaged BTF: type " + array + " contains itself");
      }
      count *= Integer.toUnsignedLong(extra(type, 2));
      type = resolve(extra(type, 0));
    }
    return count * size(type);
  }

  /** A string of the string section, by its offset. */
  String string(int offset) {
    if (base != null && offset < firstString) {
      return base.string(offset);
    }
    int from = stringPlace(offset);
    int end = from;
    while (end < strings + stringsLength && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  /** The first type of that name and of one of two kinds; 0 where there is none. */
  int find(String name, int kind, int otherKind) {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < places.length; i++) {
      int word = data.getInt(places[i] + 4) >>> 24 & 0x1F;
      if ((word == kind || word == otherKind) && isNamed(data.getInt(places[i]), wanted)) {
        return firstId + i;
      }
    }
    return base == null ? 0 : base.find(name, kind, otherKind);
  }

  private boolean isNamed(int offset, byte[] wanted) {
    if (base != null && offset < firstString) {
      return base.isNamed(offset, wanted);
    }
    int from = stringPlace(offset);
    int end = from + wanted.length;
    return end < bytes.length
        && bytes[end] == 0
        && Arrays.equals(bytes, from, end, wanted, 0, wanted.length);
  }

  private int[] index(int types, int end) {
    int[] found = new int[Math.max(16, (end - types) / 24)];
    int count = 0;
    for (int at = types; at < end; ) {
      if (count == found.length) {
        found = Arrays.copyOf(found, count * 2);
      }
      found[count++] = at;
      at += 12 + BtfKind.extraBytes(data.getInt(at + 4));
      if (at > end) {
        throw new BtfException("damaged BTF: type " + (firstId + count - 1) + " is cut off");
      }
    }
    return Arrays.copyOf(found, count);
  }

  private int stringPlace(int offset) {
    if (offset < firstString || offset - firstString >= stringsLength) {
      throw new BtfException("damaged BTF: no string at " + offset);
    }
    return strings + offset - firstString;
  }

  private int info(int id) {
    Btf owner = owner(id);
    return owner.data.getInt(owner.place(id) + 4);
  }

  private int nameOffset(int id) {
    Btf owner = owner(id);
    return owner.data.getInt(owner.place(id));
  }

  private Btf owner(int id) {
    return base != null && id < firstId ? base.owner(id) : this;
  }

  private int place(int id) {
    if (id < firstId || id - firstId >= places.length) {
      throw new BtfException("damaged BTF: no type " + id);
    }
    return places[id - firstId];
  }
}
