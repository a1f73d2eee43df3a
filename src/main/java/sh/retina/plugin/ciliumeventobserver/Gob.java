package sh.retina.plugin.ciliumeventobserver;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads values from gob messages, Go's encoding/gob: each message defines a type or carries a value
 * of one that was defined before. So one of these reads one stream, from its beginning. Not
 * thread-safe.
 *
 * <p>Values become Long, Boolean, Double, String (of anything, with replacement characters),
 * byte[], List, and Map for maps and structs, where fields that are zero are missing. Nothing in
 * the bytes is believed: counts are held against what is left, depth and number of types are
 * bounded. Each value takes a byte at least, so memory is bounded by the message.
 */
final class Gob {
  static final int MAX_DEPTH = 32;
  static final int MAX_TYPES = 256;

  private static final int MAX_FIELDS = 256;
  private static final int FIRST_CAPACITY = 64;
  private static final int WIRE_TYPE = 16;
  private static final int FIRST_OWN_TYPE = 64;
  private static final GobType.Basic[] BASIC = GobType.Basic.values();

  /** What definitions are made of; the numbers are fixed by encoding/gob's type.go. */
  private static final Map<Integer, GobType> DEFINITIONS =
      Map.of(
          WIRE_TYPE,
          struct("array", 17, "slice", 19, "struct", 20, "map", 23, "o1", 24, "o2", 24, "o3", 24),
          17,
          struct("common", 18, "element", 2, "length", 2),
          18,
          struct("name", 6, "id", 2),
          19,
          struct("common", 18, "element", 2),
          20,
          struct("common", 18, "fields", 22),
          21,
          struct("name", 6, "type", 2),
          22,
          new GobType.Sequence(21),
          23,
          struct("common", 18, "key", 2, "value", 2),
          24,
          struct("common", 18));

  private final Map<Integer, GobType> types = new HashMap<>();
  private byte[] bytes = new byte[0];
  private int at;
  private int end;

  private static GobType struct(Object... namesAndTypes) {
    List<GobType.Field> fields = new ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      fields.add(new GobType.Field((String) namesAndTypes[i], (int) namesAndTypes[i + 1]));
    }
    return new GobType.Struct(List.copyOf(fields));
  }

  /**
   * Reads one message, without its count of bytes.
   *
   * @return its value, null when it defined a type
   */
  @Nullable Object read(byte[] message, int offset, int length) throws GobException {
    bytes = message;
    at = offset;
    end = offset + length;
    int id = number();
    if (id < 0) {
      define(-id);
      if (at != end) {
        throw new GobException((end - at) + " bytes behind the definition of type " + -id);
      }
      return null;
    }
    if (!(type(id) instanceof GobType.Struct) && unsigned() != 0) {
      throw new GobException("a value of type " + id + " that does not begin with zero");
    }
    return value(id, 0);
  }

  /**
   * Reads the first value of bytes that hold a whole stream.
   *
   * @throws GobException too when there is none
   */
  static Object readFirst(byte[] stream, int offset, int length) throws GobException {
    Gob gob = new Gob();
    int end = offset + length;
    int at = offset;
    while (at < end) {
      gob.bytes = stream;
      gob.at = at;
      gob.end = end;
      int size = gob.count();
      at = gob.at + size;
      Object value = gob.read(stream, gob.at, size);
      if (value != null) {
        return value;
      }
    }
    throw new GobException("a gob without a value");
  }

  private void define(int id) throws GobException {
    if (id < FIRST_OWN_TYPE || types.size() >= MAX_TYPES || types.containsKey(id)) {
      throw new GobException("type " + id + " cannot be defined: wrong, a second time or too many");
    }
    if (!(value(WIRE_TYPE, 0) instanceof Map<?, ?> wire) || wire.size() != 1) {
      throw new GobException("type " + id + " is not of one kind");
    }
    Map.Entry<?, ?> kind = wire.entrySet().iterator().next();
    if (!(kind.getValue() instanceof Map<?, ?> of)) {
      throw new GobException("type " + id + " is empty");
    }
    types.put(
        id,
        switch (String.valueOf(kind.getKey())) {
          case "array", "slice" -> new GobType.Sequence(id(of, "element"));
          case "map" -> new GobType.Mapping(id(of, "key"), id(of, "value"));
          case "struct" -> new GobType.Struct(fields(of.get("fields")));
          default -> new GobType.Opaque();
        });
  }

  /** 0, which no type has, where there is none or it is no number of a type. */
  private static int id(Map<?, ?> of, String field) {
    return of.get(field) instanceof Long id && id == id.intValue() ? id.intValue() : 0;
  }

  private static List<GobType.Field> fields(@Nullable Object written) throws GobException {
    List<GobType.Field> fields = new ArrayList<>();
    if (written instanceof List<?> list) {
      if (list.size() > MAX_FIELDS) {
        throw new GobException("a struct of " + list.size() + " fields");
      }
      for (Object one : list) {
        Map<?, ?> field = (Map<?, ?>) one;
        fields.add(new GobType.Field(String.valueOf(field.get("name")), id(field, "type")));
      }
    }
    return List.copyOf(fields);
  }

  private GobType type(int id) throws GobException {
    if (id > 0 && id <= BASIC.length) {
      return BASIC[id - 1];
    }
    GobType type = id < FIRST_OWN_TYPE ? DEFINITIONS.get(id) : types.get(id);
    if (type == null) {
      throw new GobException("type " + id + " was never defined");
    }
    return type;
  }

  private Object value(int id, int depth) throws GobException {
    if (depth > MAX_DEPTH) {
      throw new GobException("values within values, more than " + MAX_DEPTH);
    }
    return switch (type(id)) {
      case GobType.Basic basic -> basic(basic);
      case GobType.Opaque _ -> octets();
      case GobType.Sequence(int element) -> {
        int count = count();
        List<Object> list = new ArrayList<>(Math.min(count, FIRST_CAPACITY));
        for (int i = 0; i < count; i++) {
          list.add(value(element, depth + 1));
        }
        yield list;
      }
      case GobType.Mapping(int key, int value) -> {
        int count = count();
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
          map.put(value(key, depth + 1), value(value, depth + 1));
        }
        yield map;
      }
      case GobType.Struct(var fields) -> structValue(fields, depth);
    };
  }

  /** Fields that are not zero: each by its distance from the one before, until a distance of 0. */
  private Map<Object, Object> structValue(List<GobType.Field> fields, int depth)
      throws GobException {
    Map<Object, Object> values = HashMap.newHashMap(Math.min(fields.size(), 8));
    int field = -1;
    while (true) {
      long distance = unsigned();
      if (distance == 0) {
        return values;
      }
      if (distance < 0 || distance >= fields.size() - field) {
        throw new GobException("field " + distance + " behind " + field + " of " + fields.size());
      }
      field += (int) distance;
      values.put(fields.get(field).name(), value(fields.get(field).type(), depth + 1));
    }
  }

  private Object basic(GobType.Basic type) throws GobException {
    return switch (type) {
      case BOOL -> unsigned() != 0;
      case INT -> signed();
      case UINT -> unsigned();
      case FLOAT -> real();
      case BYTES -> octets();
      case STRING -> new String(octets(), StandardCharsets.UTF_8);
      case COMPLEX -> List.of(real(), real());
      case INTERFACE -> {
        if (octets().length > 0) { // the name of the type within; none: nil
          passInterface();
        }
        yield Boolean.FALSE;
      }
    };
  }

  /** Go breaks a value in two messages where it defines a type amid it; Cilium's have no such. */
  private void passInterface() throws GobException {
    if (number() < 0) {
      throw new GobException("an interface whose type is defined within its value");
    }
    octets();
  }

  private double real() throws GobException {
    return Double.longBitsToDouble(Long.reverseBytes(unsigned()));
  }

  private byte[] octets() throws GobException {
    int length = count();
    byte[] copy = new byte[length];
    System.arraycopy(bytes, at, copy, 0, length);
    at += length;
    return copy;
  }

  /** A count of things that take a byte each at least. */
  private int count() throws GobException {
    long count = unsigned();
    if (count < 0 || count > end - at) {
      throw new GobException(
          Long.toUnsignedString(count) + " are said to follow in " + (end - at) + " bytes");
    }
    return (int) count;
  }

  private int number() throws GobException {
    long number = signed();
    if (number < -Integer.MAX_VALUE || number > Integer.MAX_VALUE) {
      throw new GobException("no number of a type: " + number);
    }
    return (int) number;
  }

  private long signed() throws GobException {
    long number = unsigned();
    return (number & 1) == 0 ? number >>> 1 : ~(number >>> 1);
  }

  /**
   * Below 128 one byte, else the count of bytes, negated, and the bytes, most significant first.
   */
  private long unsigned() throws GobException {
    int first = next();
    if (first < 0x80) {
      return first;
    }
    int count = 0x100 - first;
    if (count > Long.BYTES) {
      throw new GobException("a number of " + count + " bytes");
    }
    long number = 0;
    for (int i = 0; i < count; i++) {
      number = number << 8 | next();
    }
    return number;
  }

  private int next() throws GobException {
    if (at >= end) {
      throw new GobException("a message that ends too early");
    }
    return bytes[at++] & 0xff;
  }
}
