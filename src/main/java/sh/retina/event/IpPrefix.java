package sh.retina.event;

/**
 * An address, or a block of them in CIDR form. The bits behind the prefix are zero. Families never
 * match each other: {@code ::/0} is every IPv6 address and no IPv4 one.
 *
 * @param address the block's first; IPv4 mapped, as in {@link IpAddress}
 * @param length bits of the prefix, of 32 or 128
 */
public record IpPrefix(IpAddress address, int length) {
  private static final int BITS_V6 = 128;
  private static final int BITS_V4 = 32;
  private static final int DOTS_V4 = 3;

  public IpPrefix {
    int bits = address.isV4() ? BITS_V4 : BITS_V6;
    if (length < 0 || length > bits) {
      throw new IllegalArgumentException("not a prefix length from 0 to " + bits + ": " + length);
    }
    address =
        new IpAddress(
            address.high() & highMask(bits, length), address.low() & lowMask(bits, length));
  }

  /** The block that is this address alone. */
  public static IpPrefix of(IpAddress address) {
    return new IpPrefix(address, address.isV4() ? BITS_V4 : BITS_V6);
  }

  /**
   * Parses {@code 10.0.0.0/8}, {@code fd00::/8}, or an address alone. Throws
   * IllegalArgumentException that names the text.
   */
  public static IpPrefix parse(String text) {
    int slash = text.indexOf('/');
    IpAddress address = address(slash < 0 ? text : text.substring(0, slash), text);
    return slash < 0
        ? of(address)
        : new IpPrefix(address, prefixLength(text, slash + 1, address.isV4() ? BITS_V4 : BITS_V6));
  }

  public boolean isV4() {
    return address.isV4();
  }

  /** Over the high half of the 16 bytes. */
  public long highMask() {
    return highMask(isV4() ? BITS_V4 : BITS_V6, length);
  }

  /** Over the low half. */
  public long lowMask() {
    return lowMask(isV4() ? BITS_V4 : BITS_V6, length);
  }

  private static long highMask(int bits, int length) {
    return mask(Math.min(BITS_V6 - bits + length, Long.SIZE));
  }

  private static long lowMask(int bits, int length) {
    return mask(Math.max(0, BITS_V6 - bits + length - Long.SIZE));
  }

  private static IpAddress address(String literal, String whole) {
    // The JDK also reads "80" as 0.0.0.80, brackets and scopes; none of them is meant.
    long dots = literal.chars().filter(c -> c == '.').count();
    boolean plain = literal.chars().allMatch(c -> c == '.' || c == ':' || isHex(c));
    if (!plain || literal.indexOf(':') < 0 && dots != DOTS_V4) {
      throw new IllegalArgumentException("not an IP address or CIDR block: '" + whole + "'");
    }
    return IpAddress.parse(literal);
  }

  private static boolean isHex(int c) {
    return c < 128 && Character.digit(c, 16) >= 0;
  }

  private static int prefixLength(String text, int from, int bits) {
    int length = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      length = c >= '0' && c <= '9' && length <= bits ? length * 10 + (c - '0') : bits + 1;
    }
    if (length > bits || from == text.length()) {
      throw new IllegalArgumentException(
          "not a prefix length from 0 to " + bits + ": '" + text + "'");
    }
    return length;
  }

  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << Long.SIZE - bits;
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
