package sh.retina.plugin.dropreason;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.BpfField;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;

/**
 * The functions that {@code enum drop_function} of event.h names, as an event's object had them.
 * Events that were written before there were any have none. Immutable.
 */
final class DropFunctions {
  private static final String ENUM = "drop_function";
  private static final String PREFIX = "DROP_FUNCTION_";
  private static final String NONE = "NONE";

  private final BpfField.@Nullable U8 field;
  private final String[] names;

  private DropFunctions(BpfField.@Nullable U8 field, String[] names) {
    this.field = field;
    this.names = names;
  }

  static DropFunctions of(Btf btf, BpfStruct event) {
    if (btf.findEnum(ENUM).isEmpty()) {
      return new DropFunctions(null, new String[0]);
    }
    Map<Integer, String> byNumber = new HashMap<>();
    btf.enumValues(ENUM)
        .forEach(
            (name, number) -> byNumber.put(number.intValue(), name.substring(PREFIX.length())));
    int last = byNumber.keySet().stream().mapToInt(Integer::intValue).max().orElse(0);
    String[] names = new String[last + 1];
    for (int i = 0; i <= last; i++) {
      String name = byNumber.getOrDefault(i, NONE);
      names[i] = name.equals(NONE) ? "" : name;
    }
    return new DropFunctions(event.u8("function"), names);
  }

  /** The name in the event at an address; empty where no function said anything. */
  String name(long address) {
    BpfField.U8 of = field;
    int number = of == null ? 0 : of.get(address);
    return number < names.length ? names[number] : "";
  }
}
