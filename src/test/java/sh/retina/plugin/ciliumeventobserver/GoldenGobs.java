package sh.retina.plugin.ciliumeventobserver;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** What Go's own encoder made: the output of {@code src/test/go/ciliummonitor --hex}. */
final class GoldenGobs {
  private GoldenGobs() {}

  static Map<String, byte[]> all() {
    try (InputStream in = GoldenGobs.class.getResourceAsStream("/gob/golden.txt")) {
      Map<String, byte[]> gobs = new LinkedHashMap<>();
      new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split(" ", 2))
          .forEach(parts -> gobs.put(parts[0], HexFormat.of().parseHex(parts[1])));
      return gobs;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] of(String name) {
    return Objects.requireNonNull(all().get(name), name);
  }

  /** What the monitor sends: the message so often, with the definition of the type before. */
  static byte[] payloads(byte[] message, int count) {
    byte[] golden = of("payloads");
    ByteArrayOutputStream value = new ByteArrayOutputStream();
    value.writeBytes(
        HexFormat.of().parseHex("ff8001")); // the type that is defined; its first field
    writeCount(value, message.length);
    value.writeBytes(message);
    value.writeBytes(HexFormat.of().parseHex("0106021200")); // CPU 3, type sample, the end
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.write(golden, 0, golden[0] + 1);
    for (int i = 0; i < count; i++) {
      writeCount(stream, value.size());
      stream.writeBytes(value.toByteArray());
    }
    return stream.toByteArray();
  }

  /** As gob has it: one byte, or a number of bytes below zero and as many. */
  private static void writeCount(ByteArrayOutputStream out, int count) {
    if (count < 0x80) {
      out.write(count);
    } else {
      out.writeBytes(new byte[] {-2, (byte) (count >> 8), (byte) count});
    }
  }
}
