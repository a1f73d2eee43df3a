package sh.retina.plugin.ciliumeventobserver;

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
}
