package sh.retina.bpf;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Offsets of a struct of Linux's or libbpf's stable interface, computed from its C declaration by
 * natural alignment. The declaration stands in the code as in the header that it names, so no
 * offset is ever typed.
 */
final class CStruct {
  private final Map<String, Long> offsets = new LinkedHashMap<>();
  private final long sizeBytes;

  private CStruct(String declaration) {
    long offset = 0;
    long widest = 1;
    for (String field : declaration.split(";", -1)) {
      String[] words = field.strip().split("\\s+", -1);
      if (words.length == 1 && words[0].isEmpty()) {
        continue;
      }
      if (words.length != 2) {
        throw new IllegalArgumentException("not a field declaration: " + field.strip());
      }
      long width = width(words[0]);
      String name = words[1];
      long count = 1;
      int bracket = name.indexOf('[');
      if (bracket > 0) {
        count = Long.parseLong(name.substring(bracket + 1, name.length() - 1));
        name = name.substring(0, bracket);
      }
      offset = align(offset, width);
      offsets.put(name, offset);
      offset += width * count;
      widest = Math.max(widest, width);
    }
    sizeBytes = align(offset, widest);
  }

  /** A struct declared as {@code "u32 type; u8 tag[8]; ptr name"}. */
  static CStruct of(String declaration) {
    return new CStruct(declaration);
  }

  long offset(String field) {
    Long offset = offsets.get(field);
    if (offset == null) {
      throw new IllegalArgumentException("no field " + field + "; there are " + offsets.keySet());
    }
    return offset;
  }

  long sizeBytes() {
    return sizeBytes;
  }

  private static long align(long offset, long alignment) {
    return (offset + alignment - 1) & -alignment;
  }

  private static long width(String type) {
    return switch (type) {
      case "u8" -> 1;
      case "u16" -> 2;
      case "u32", "i32" -> 4;
      case "u64", "ptr", "size_t" -> 8;
      default -> throw new IllegalArgumentException("unknown type " + type);
    };
  }
}
