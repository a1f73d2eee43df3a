package sh.retina.event;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IP address as 16 bytes in network order, high half first; IPv4 is mapped (::ffff:a.b.c.d), as
 * in event.h. The hot path uses the two longs and never makes the object.
 */
public record IpAddress(long high, long low) {
  private static final long V4_PREFIX = 0x0000_ffffL;

  /** Whether the 16 bytes hold a mapped IPv4 address. */
  public static boolean isV4(long high, long low) {
    return high == 0 && low >>> 32 == V4_PREFIX;
  }

  /**
   * Parses a literal; never asks a name server. Throws IllegalArgumentException that names the
   * text.
   */
  public static IpAddress parse(String text) {
    try {
      return of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not an IP address: '" + text + "'", e);
    }
  }

  public static IpAddress of(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return new IpAddress(0, V4_PREFIX << 32 | ByteBuffer.wrap(bytes).getInt() & 0xffff_ffffL);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new IpAddress(buffer.getLong(), buffer.getLong());
  }

  public boolean isV4() {
    return isV4(high, low);
  }

  /** The 16 bytes in network order. */
  public byte[] toBytes() {
    return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  /** Textual form: dotted quad, or IPv6 as RFC 5952 wants it. */
  public static String format(long high, long low) {
    if (isV4(high, low)) {
      int v4 = (int) low;
      return (v4 >>> 24) + "." + (v4 >>> 16 & 0xff) + "." + (v4 >>> 8 & 0xff) + "." + (v4 & 0xff);
    }
    return formatV6(high, low);
  }

  private static String formatV6(long high, long low) {
    int[] groups = new int[8];
    for (int i = 0; i < 4; i++) {
      groups[i] = (int) (high >>> 48 - 16 * i) & 0xffff;
      groups[4 + i] = (int) (low >>> 48 - 16 * i) & 0xffff;
    }
    int zeroStart = -1;
    int zeroLength = 1; // RFC 5952, section 4.2.2: a single zero group is not shortened
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > zeroLength) {
        zeroStart = i;
        zeroLength = end - i;
      }
      i = Math.max(i, end - 1);
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == zeroStart) {
        text.append("::");
        i += zeroLength - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }

  /** As the JDK's type, for code that needs one. */
  public InetAddress toInetAddress() {
    try {
      byte[] bytes = toBytes();
      return isV4()
          ? Inet4Address.getByAddress(new byte[] {bytes[12], bytes[13], bytes[14], bytes[15]})
          : Inet6Address.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are always an address", e);
    }
  }

  @Override
  public String toString() {
    return format(high, low);
  }
}
