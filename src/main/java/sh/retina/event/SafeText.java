package sh.retina.event;

import java.nio.charset.StandardCharsets;

/**
 * Text that somebody else chose, written so that it can stand in a terminal, a log line, a label or
 * JSON: nothing in it moves a cursor, ends a line or reorders what is beside it, and its length has
 * a bound. Whatever decodes a name from bytes that are not ours does it through here, once; writers
 * still escape what their own format needs. Thread-safe.
 *
 * <p>An escaped octet is {@code \DDD}, three decimal digits, as in RFC 1035, section 5.1.
 */
public enum SafeText {
  /**
   * One label of a DNS name, without the dots around it, in the form of RFC 4343, section 2.1: what
   * is not printable ASCII is {@code \DDD}, space too; dots, backslashes, quotes and what means
   * something in a zone file get a backslash. At most four characters per octet.
   */
  DNS_LABEL(4 * 63) {
    @Override
    int appendOne(StringBuilder out, byte[] bytes, int at, int end) {
      int octet = bytes[at] & 0xff;
      if (octet <= ' ' || octet > '~') {
        escape(out, octet);
      } else {
        if (ZONE_FILE_SPECIAL.indexOf(octet) >= 0) {
          out.append('\\');
        }
        out.append((char) octet);
      }
      return 1;
    }
  },

  /**
   * Any other name: letters of all scripts stay; control and format characters (bidirectional
   * overrides, zero widths), other spaces than the plain one, unassigned and private code points
   * and what is not UTF-8 are {@code \DDD}, octet by octet. A backslash stays as it is, so that
   * doing it twice changes nothing.
   */
  TEXT(512) {
    @Override
    int appendOne(StringBuilder out, byte[] bytes, int at, int end) {
      int length = utf8Length(bytes, at, end);
      int codePoint = length == 0 ? -1 : codePoint(bytes, at, length);
      if (codePoint >= 0 && isVisible(codePoint)) {
        out.appendCodePoint(codePoint);
        return length;
      }
      int octets = Math.max(1, length);
      for (int i = 0; i < octets; i++) {
        escape(out, bytes[at + i] & 0xff);
      }
      return octets;
    }
  };

  /** Stands at the end of what was cut. */
  public static final String CUT = "...";

  private static final String ZONE_FILE_SPECIAL = ".\\\"'();@$";

  private final int maxLength;

  SafeText(int maxLength) {
    this.maxLength = maxLength;
  }

  /** Characters of the longest text that this makes, {@link #CUT} included. */
  public int maxLength() {
    return maxLength;
  }

  /** The same for text that is a string already. */
  public String of(String text) {
    return isPlain(text) ? text : of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The same with a bound of its own, for a sentence with names in it. */
  public String of(String text, int longest) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    StringBuilder out = new StringBuilder(Math.min(bytes.length, longest));
    append(out, bytes, 0, bytes.length, longest);
    return out.toString();
  }

  public String of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }

  public String of(byte[] bytes, int from, int length) {
    StringBuilder out = new StringBuilder(Math.min(length, maxLength));
    append(out, bytes, from, length);
    return out.toString();
  }

  /** Appends at most {@link #maxLength} characters; no escape is cut in two. */
  public void append(StringBuilder out, byte[] bytes, int from, int length) {
    append(out, bytes, from, length, maxLength);
  }

  private void append(StringBuilder out, byte[] bytes, int from, int length, int longest) {
    int end = from + length;
    int limit = out.length() + longest;
    int cutAt = out.length();
    for (int at = from; at < end; ) {
      at += appendOne(out, bytes, at, end);
      if (out.length() > limit) {
        out.setLength(cutAt);
        out.append(CUT);
        return;
      }
      if (out.length() <= limit - CUT.length()) {
        cutAt = out.length();
      }
    }
  }

  /** Appends what starts at {@code at} and returns how many octets that were. */
  abstract int appendOne(StringBuilder out, byte[] bytes, int at, int end);

  /** Letters, digits and what names are made of, the usual case: nothing to do. */
  private boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || this == DNS_LABEL && c == ' ' || isSpecial(c)) {
        return false;
      }
    }
    return text.length() <= maxLength;
  }

  private boolean isSpecial(char c) {
    return this == DNS_LABEL && ZONE_FILE_SPECIAL.indexOf(c) >= 0;
  }

  private static void escape(StringBuilder out, int octet) {
    out.append('\\')
        .append((char) ('0' + octet / 100))
        .append((char) ('0' + octet / 10 % 10))
        .append((char) ('0' + octet % 10));
  }

  /** Octets of the well-formed UTF-8 sequence at {@code at} (RFC 3629, section 4), 0 if none. */
  private static int utf8Length(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || at + length > end) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if ((bytes[at + i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    int codePoint = codePoint(bytes, at, length);
    boolean overlong = length == 3 && codePoint < 0x800 || length == 4 && codePoint < 0x1_0000;
    boolean surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    return overlong || surrogate || codePoint > Character.MAX_CODE_POINT ? 0 : length;
  }

  private static int codePoint(byte[] bytes, int at, int length) {
    if (length == 1) {
      return bytes[at];
    }
    int codePoint = bytes[at] & 0xff >> length + 1;
    for (int i = 1; i < length; i++) {
      codePoint = codePoint << 6 | bytes[at + i] & 0x3f;
    }
    return codePoint;
  }

  private static boolean isVisible(int codePoint) {
    return codePoint == ' '
        || switch (Character.getType(codePoint)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.SPACE_SEPARATOR ->
              false;
          default -> true;
        };
  }
}
