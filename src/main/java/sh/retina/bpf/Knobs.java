package sh.retina.bpf;

import java.util.ArrayList;
import java.util.List;

/**
 * The {@code const volatile} variables of an object, which lie in its section .rodata: the settings
 * that a loader makes before the verifier sees the program.
 */
final class Knobs {
  static final String SECTION = ".rodata";

  /** A knob: its place in the section. */
  record Knob(String name, long offset, long sizeBytes) {}

  private Knobs() {}

  /** The knobs, in the order of BTF whose offsets libbpf has filled in. */
  static List<Knob> of(Btf btf) {
    int section = btf.find(SECTION, BtfKind.DATASEC, BtfKind.DATASEC);
    List<Knob> knobs = new ArrayList<>();
    for (int i = 0; section != 0 && i < btf.memberCount(section); i++) {
      int variable = btf.extra(section, 3 * i);
      if (isConstVolatile(btf, btf.sizeOrType(variable))) {
        knobs.add(
            new Knob(
                btf.name(variable), btf.extra(section, 3 * i + 1), btf.extra(section, 3 * i + 2)));
      }
    }
    return knobs;
  }

  private static boolean isConstVolatile(Btf btf, int id) {
    boolean isConst = false;
    boolean isVolatile = false;
    int type = id;
    for (; BtfKind.isModifier(btf.kind(type)); type = btf.sizeOrType(type)) {
      isConst |= btf.kind(type) == BtfKind.CONST;
      isVolatile |= btf.kind(type) == BtfKind.VOLATILE;
    }
    // C qualifies the elements of an array, not the array.
    return (isConst && isVolatile)
        || (btf.kind(type) == BtfKind.ARRAY && isConstVolatile(btf, btf.extra(type, 0)));
  }
}
