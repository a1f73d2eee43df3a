package sh.retina.export.prometheus;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the words of Prometheus's text formats as bytes, through one buffer and without a string
 * per sample. One thread at a time; {@link #flush} at the end.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition
 *     formats</a>
 */
final class ExpositionText {
  private static final int BUFFER_BYTES = 8 << 10;
  private static final int LONGEST_NUMBER = 20;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final byte[] digits = new byte[LONGEST_NUMBER];
  private int at;

  ExpositionText(OutputStream out) {
    this.out = out;
  }

  /** As it is: names, and what {@link #escaped} made. */
  ExpositionText text(String text) throws IOException {
    if (at + text.length() > BUFFER_BYTES) {
      flush();
    }
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter >= 0x80) {
        return bytes(text.substring(i).getBytes(StandardCharsets.UTF_8));
      }
      if (at == BUFFER_BYTES) {
        flush();
      }
      buffer[at++] = (byte) letter;
    }
    return this;
  }

  private ExpositionText bytes(byte[] bytes) throws IOException {
    flush();
    out.write(bytes);
    return this;
  }

  /** A label's value: backslash, quote and line feed are escaped. */
  ExpositionText value(String value) throws IOException {
    return text(isPlain(value) ? value : escaped(value));
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char letter = value.charAt(i);
      if (letter == '\\' || letter == '"' || letter == '\n') {
        return false;
      }
    }
    return true;
  }

  private static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /** A count, which is never negative. */
  ExpositionText count(long number) throws IOException {
    if (at + LONGEST_NUMBER > BUFFER_BYTES) {
      flush();
    }
    int first = LONGEST_NUMBER;
    long rest = number;
    do {
      digits[--first] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    System.arraycopy(digits, first, buffer, at, LONGEST_NUMBER - first);
    at += LONGEST_NUMBER - first;
    return this;
  }

  /** Gives what was written to the stream, and leaves that open. */
  void flush() throws IOException {
    out.write(buffer, 0, at);
    at = 0;
  }
}
