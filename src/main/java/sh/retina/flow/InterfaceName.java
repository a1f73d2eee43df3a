package sh.retina.flow;

import sh.retina.event.SafeText;

/**
 * A network interface's name as {@link sh.retina.event.Observation} carries it: up to 16 bytes
 * (IFNAMSIZ, include/uapi/linux/if.h), zero-padded, big endian in two longs.
 */
public final class InterfaceName {
  private static final int SIZE = 16;
  static final int MAX_LENGTH = SIZE - 1;

  private InterfaceName() {}

  /** The first eight bytes; nothing is allocated. */
  public static long high(String name) {
    return pack(name, 0);
  }

  /** The last eight bytes; nothing is allocated. */
  public static long low(String name) {
    return pack(name, Long.BYTES);
  }

  /** The name, empty for two zeros; what steers a terminal or is not UTF-8 is escaped. */
  public static String text(long high, long low) {
    byte[] bytes = new byte[SIZE];
    int length = 0;
    for (; length < SIZE; length++) {
      long half = length < Long.BYTES ? high : low;
      byte next = (byte) (half >>> 56 - 8 * (length % Long.BYTES));
      if (next == 0) {
        break;
      }
      bytes[length] = next;
    }
    return SafeText.TEXT.of(bytes, 0, length);
  }

  private static long pack(String name, int from) {
    long packed = 0;
    for (int i = from; i < from + Long.BYTES; i++) {
      // Interface names are ASCII in practice; another character cannot equal the kernel's bytes.
      packed = packed << 8 | (i < name.length() ? name.charAt(i) & 0xffL : 0);
    }
    return packed;
  }
}
