package sh.retina.bpf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An enum of C as BTF describes it.
 *
 * @param name its tag, without {@code enum}
 * @param sizeBytes of a variable of this type
 * @param values constants by name, in the order of the declaration
 */
public record BtfEnum(String name, int sizeBytes, Map<String, Long> values) {
  public BtfEnum {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  static BtfEnum of(Btf btf, int id) {
    boolean wide = btf.kind(id) == BtfKind.ENUM64;
    int words = wide ? 3 : 2;
    Map<String, Long> values = new LinkedHashMap<>();
    for (int i = 0; i < btf.memberCount(id); i++) {
      int low = btf.extra(id, words * i + 1);
      long value = btf.isFlagged(id) ? low : Integer.toUnsignedLong(low);
      if (wide) {
        value = Integer.toUnsignedLong(low) | (long) btf.extra(id, words * i + 2) << 32;
      }
      values.put(btf.string(btf.extra(id, words * i)), value);
    }
    return new BtfEnum(btf.name(id), btf.sizeOrType(id), values);
  }

  /** The first constant that has the value. */
  public Optional<String> nameOf(long value) {
    return values.entrySet().stream()
        .filter(constant -> constant.getValue() == value)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** The value of a constant; empty where this kernel or object does not have it. */
  public Optional<Long> valueOf(String constant) {
    return Optional.ofNullable(values.get(constant));
  }
}
