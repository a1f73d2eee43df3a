package sh.retina.bpf;

import java.util.ArrayList;
import java.util.List;

/**
 * A struct of a BPF object, whose fields Java binds by name: where a field lies is read from the
 * BTF of the very object that is loaded, and Java holds no offset. A field that is missing or of
 * another size, sign or length fails when it is bound, with what there is. Fields of nested structs
 * are named by path ({@code "header.time_ns"}); members of anonymous structs and unions as if they
 * were the struct's own. Extra fields in C do no harm. Immutable and thread-safe.
 */
public final class BpfStruct {
  private final Btf btf;
  private final int type;
  private final String name;

  BpfStruct(Btf btf, int type) {
    this.btf = btf;
    this.type = type;
    this.name = btf.name(type);
  }

  /** The kernel's largest structs have some thousand, with those of the structs inside. */
  private static final int MOST_MEMBERS = 100_000;

  /** How much of a struct has been gone through: damaged BTF may contain itself twice over. */
  private static final class Visits {
    int depth;
    int members;
  }

  private record Member(String name, long offset, int type, int bits) {}

  /** The tag, without {@code struct}. */
  public String name() {
    return name;
  }

  public int sizeBytes() {
    long size = btf.size(type);
    if (size > Integer.MAX_VALUE) {
      throw new BtfException("damaged BTF: struct " + name + " has " + size + " bytes");
    }
    return (int) size;
  }

  /** The names of the fields, in the order of the declaration. */
  public List<String> fields() {
    return members(type, 0).stream().map(Member::name).toList();
  }

  /** The type name of a field as the C source has it, a typedef's where there is one. */
  public String typeName(String field) {
    return btf.name(member(field).type);
  }

  public BpfField.U8 u8(String field) {
    return new BpfField.U8(unsigned(field, 1).offset);
  }

  public BpfField.U16 u16(String field) {
    return new BpfField.U16(unsigned(field, 2).offset);
  }

  public BpfField.U32 u32(String field) {
    return new BpfField.U32(unsigned(field, 4).offset);
  }

  public BpfField.U64 u64(String field) {
    return new BpfField.U64(unsigned(field, 8).offset);
  }

  public BpfField.U32Array u32Array(String field, int length) {
    return new BpfField.U32Array(array(field, 4, length).offset, length);
  }

  /** An array of {@code length} bytes or characters. */
  public BpfField.Bytes bytes(String field, int length) {
    return new BpfField.Bytes(array(field, 1, length).offset, length);
  }

  /**
   * Bytes that no field covers, nested structs included: {@code "2 bytes after kind"}. An event
   * must have none, since what a hole carries is whatever was in the ring before.
   */
  public List<String> holes() {
    List<String> holes = new ArrayList<>();
    holes(type, "", holes, new Visits());
    return holes;
  }

  private void holes(int struct, String prefix, List<String> holes, Visits visits) {
    long end = 0;
    String previous = "the start";
    for (Member member : members(struct, 0, visits)) {
      if (member.offset > end) {
        holes.add(member.offset - end + " bytes after " + prefix + previous);
      }
      end = Math.max(end, member.offset + btf.size(member.type));
      previous = member.name;
      int inner = btf.resolve(member.type);
      if (btf.kind(inner) == BtfKind.ARRAY) {
        inner = btf.resolve(btf.extra(inner, 0));
      }
      if (btf.kind(inner) == BtfKind.STRUCT) {
        visits.depth++;
        holes(inner, prefix + member.name + ".", holes, visits);
        visits.depth--;
      }
    }
    if (btf.size(struct) > end) {
      holes.add(btf.size(struct) - end + " bytes after " + prefix + previous);
    }
  }

  private Member unsigned(String field, int sizeBytes) {
    Member member = member(field);
    int resolved = btf.resolve(member.type);
    int kind = btf.kind(resolved);
    switch (kind) {
      case BtfKind.INT -> {
        if ((btf.extra(resolved, 0) >>> 24 & BtfKind.INT_SIGNED) != 0) {
          throw new BtfException("field " + field + " is signed in C, unsigned in Java");
        }
      }
      case BtfKind.ENUM, BtfKind.ENUM64, BtfKind.POINTER -> {}
      default ->
          throw new BtfException(
              "field %s is %s in C, a number in Java".formatted(field, shape(resolved)));
    }
    checkSize(field, btf.size(resolved), sizeBytes);
    return member;
  }

  private Member array(String field, int elementBytes, int length) {
    Member member = member(field);
    int resolved = btf.resolve(member.type);
    if (btf.kind(resolved) != BtfKind.ARRAY) {
      throw new BtfException(
          "field %s is %s in C, an array in Java".formatted(field, shape(resolved)));
    }
    int element = btf.resolve(btf.extra(resolved, 0));
    int count = btf.extra(resolved, 2);
    if (btf.kind(element) != BtfKind.INT || btf.size(element) != elementBytes) {
      throw new BtfException(
          "field %s has elements of %d bytes in C, %d in Java"
              .formatted(field, btf.size(element), elementBytes));
    }
    if (count != length) {
      throw new BtfException(
          "field %s has %d elements in C, %d in Java".formatted(field, count, length));
    }
    return member;
  }

  private static void checkSize(String field, long inC, int inJava) {
    if (inC != inJava) {
      throw new BtfException(
          "field %s has %d bytes in C, %d in Java".formatted(field, inC, inJava));
    }
  }

  private String shape(int resolved) {
    return switch (btf.kind(resolved)) {
      case BtfKind.STRUCT -> "struct " + btf.name(resolved);
      case BtfKind.UNION -> "union " + btf.name(resolved);
      case BtfKind.ARRAY -> "an array of " + btf.extra(resolved, 2);
      case BtfKind.FLOAT -> "a floating point number";
      default -> "a number";
    };
  }

  private Member member(String path) {
    int struct = type;
    long offset = 0;
    String[] steps = path.split("\\.", -1);
    for (int i = 0; ; i++) {
      Member found = memberOf(struct, offset, steps[i]);
      if (i == steps.length - 1) {
        if (found.bits != 0) {
          throw new BtfException("field " + path + " is a bit-field: not supported");
        }
        return found;
      }
      offset = found.offset;
      struct = btf.resolve(found.type);
      if (btf.kind(struct) != BtfKind.STRUCT && btf.kind(struct) != BtfKind.UNION) {
        throw new BtfException("field " + steps[i] + " of " + path + " is not a struct");
      }
    }
  }

  private Member memberOf(int struct, long offset, String field) {
    List<Member> members = members(struct, offset);
    for (Member member : members) {
      if (member.name.equals(field)) {
        return member;
      }
    }
    throw new BtfException(
        "struct %s has no field %s; it has %s"
            .formatted(btf.name(struct), field, members.stream().map(Member::name).toList()));
  }

  private List<Member> members(int struct, long offset) {
    return members(struct, offset, new Visits());
  }

  private List<Member> members(int struct, long offset, Visits visits) {
    if (visits.depth == Btf.MAX_DEPTH) {
      throw new BtfException("damaged BTF: struct " + name + " contains itself");
    }
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < btf.memberCount(struct); i++) {
      if (++visits.members > MOST_MEMBERS) {
        throw new BtfException(
            "damaged BTF: struct " + name + " has more than " + MOST_MEMBERS + " members");
      }
      String member = btf.string(btf.extra(struct, 3 * i));
      int memberType = btf.extra(struct, 3 * i + 1);
      int bitOffset = btf.extra(struct, 3 * i + 2);
      int bits = btf.isFlagged(struct) ? bitOffset >>> 24 : 0;
      long at = offset + (btf.isFlagged(struct) ? bitOffset & 0xFFFFFF : bitOffset) / 8;
      int resolved = btf.resolve(memberType);
      int kind = btf.kind(resolved);
      if (member.isEmpty() && (kind == BtfKind.STRUCT || kind == BtfKind.UNION)) {
        visits.depth++;
        members.addAll(members(resolved, at, visits));
        visits.depth--;
      } else if (!member.isEmpty()) { // a bit-field without a name is padding
        members.add(new Member(member, at, memberType, bits));
      }
    }
    return members;
  }
}
