package sh.retina.flow;

import sh.retina.event.IpAddress;

/**
 * An address or a CIDR block, as mask and value over the 16 bytes of {@link IpAddress}. Families
 * never match each other: {@code ::/0} is every IPv6 address and no IPv4 one.
 */
record AddressFilter(int ipVersion, long high, long low, long highMask, long lowMask) {
  private static final int BITS_V6 = 128;
  private static final int BITS_V4 = 32;
  private static final int DOTS_V4 = 3;

  static AddressFilter parse(String text) {
    int slash = text.indexOf('/');
    IpAddress address = address(slash < 0 ? text : text.substring(0, slash), text);
    int bits = address.isV4() ? BITS_V4 : BITS_V6;
    int length = slash < 0 ? bits : prefixLength(text, slash + 1, bits);
    int kept = BITS_V6 - bits + length;
    long highMask = mask(Math.min(kept, Long.SIZE));
    long lowMask = mask(Math.max(0, kept - Long.SIZE));
    return new AddressFilter(
        address.isV4() ? 4 : 6,
        address.high() & highMask,
        address.low() & lowMask,
        highMask,
        lowMask);
  }

  FlowFilter ofSource() {
    return o ->
        o.ipVersion == ipVersion
            && (o.sourceHigh & highMask) == high
            && (o.sourceLow & lowMask) == low;
  }

  FlowFilter ofDestination() {
    return o ->
        o.ipVersion == ipVersion
            && (o.destinationHigh & highMask) == high
            && (o.destinationLow & lowMask) == low;
  }

  private static IpAddress address(String literal, String whole) {
    // The JDK also reads "80" as 0.0.0.80, brackets and scopes; a filter means none of them.
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
}
