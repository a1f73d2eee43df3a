package sh.retina.bpf;

/** Kinds of types in BTF (uapi/linux/btf.h, BTF_KIND_*) and what follows each. */
final class BtfKind {
  static final int VOID = 0;
  static final int INT = 1;
  static final int POINTER = 2;
  static final int ARRAY = 3;
  static final int STRUCT = 4;
  static final int UNION = 5;
  static final int ENUM = 6;
  static final int FORWARD = 7;
  static final int TYPEDEF = 8;
  static final int VOLATILE = 9;
  static final int CONST = 10;
  static final int RESTRICT = 11;
  static final int FUNCTION = 12;
  static final int FUNCTION_PROTO = 13;
  static final int VARIABLE = 14;
  static final int DATASEC = 15;
  static final int FLOAT = 16;
  static final int DECL_TAG = 17;
  static final int TYPE_TAG = 18;
  static final int ENUM64 = 19;

  static final int INT_SIGNED = 1; // BTF_INT_SIGNED, in bits 24 to 27 of the word after the type

  private BtfKind() {}

  /** Whether a type of the kind only renames or qualifies another. */
  static boolean isModifier(int kind) {
    return switch (kind) {
      case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> true;
      default -> false;
    };
  }

  /** Bytes after the twelve that all types share, from the type's info word. */
  static int extraBytes(int info) {
    int members = info & 0xFFFF;
    int kind = info >>> 24 & 0x1F;
    return switch (kind) {
      case INT, VARIABLE, DECL_TAG -> 4;
      case ARRAY -> 12;
      case STRUCT, UNION, DATASEC, ENUM64 -> 12 * members;
      case ENUM, FUNCTION_PROTO -> 8 * members;
      case POINTER, FORWARD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNCTION, FLOAT, TYPE_TAG -> 0;
      default -> throw new BtfException("unknown BTF kind " + kind + ": newer than this reader");
    };
  }
}
