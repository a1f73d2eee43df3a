package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The volatile variables of an object that a loader sets: {@code const volatile} ones, in .rodata,
 * which are constants to the verifier, and live ones, in .data, which can be written while the
 * programs run.
 */
final class Knobs {
  static final String CONSTANT = ".rodata";
  static final String LIVE = ".data";

  /** A knob: its place in a section. */
  record Knob(String name, String section, long offset, long sizeBytes) {
    /** Writes a number into the knob's own bytes; throws IllegalArgumentException if it cannot. */
    void write(MemorySegment target, long value) {
      if (sizeBytes != 1 && sizeBytes != 2 && sizeBytes != 4 && sizeBytes != 8) {
        throw new IllegalArgumentException(
            "knob " + name + " has " + sizeBytes + " bytes: not a number");
      }
      int unused = 64 - 8 * (int) sizeBytes;
      if (value << unused >> unused != value && value << unused >>> unused != value) {
        throw new IllegalArgumentException(
            "value " + value + " does not fit in the " + sizeBytes + " bytes of knob " + name);
      }
      switch ((int) sizeBytes) {
        case 1 -> target.set(JAVA_BYTE, 0, (byte) value);
        case 2 -> target.set(JAVA_SHORT_UNALIGNED, 0, (short) value);
        case 4 -> target.set(JAVA_INT_UNALIGNED, 0, (int) value);
        default -> target.set(JAVA_LONG_UNALIGNED, 0, value);
      }
    }
  }

  private Knobs() {}

  /** The knobs, in the order of BTF whose offsets libbpf has filled in. */
  static List<Knob> of(Btf btf) {
    List<Knob> knobs = new ArrayList<>();
    collect(btf, CONSTANT, knobs);
    collect(btf, LIVE, knobs);
    return knobs;
  }

  private static void collect(Btf btf, String name, List<Knob> knobs) {
    int section = btf.find(name, BtfKind.DATASEC, BtfKind.DATASEC);
    for (int i = 0; section != 0 && i < btf.memberCount(section); i++) {
      int variable = btf.extra(section, 3 * i);
      if (isKnob(btf, btf.sizeOrType(variable), name.equals(CONSTANT))) {
        knobs.add(
            new Knob(
                btf.name(variable),
                name,
                btf.extra(section, 3 * i + 1),
                btf.extra(section, 3 * i + 2)));
      }
    }
  }

  private static boolean isKnob(Btf btf, int id, boolean constant) {
    boolean isConst = false;
    boolean isVolatile = false;
    int type = id;
    for (; BtfKind.isModifier(btf.kind(type)); type = btf.sizeOrType(type)) {
      isConst |= btf.kind(type) == BtfKind.CONST;
      isVolatile |= btf.kind(type) == BtfKind.VOLATILE;
    }
    // C qualifies the elements of an array, not the array.
    return (isVolatile && isConst == constant)
        || (btf.kind(type) == BtfKind.ARRAY && isKnob(btf, btf.extra(type, 0), constant));
  }
}
