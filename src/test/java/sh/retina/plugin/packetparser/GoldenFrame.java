package sh.retina.plugin.packetparser;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sh.retina.event.IpAddress;

/** A frame of {@code packets/golden.txt} and what it is. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record GoldenFrame(String name, byte[] bytes, Parsed expected) {
  private static final String RESOURCE = "/packets/golden.txt";
  private static final String NAME = "frame: ";

  /** All of them, in the order of the file. */
  static List<GoldenFrame> all() {
    List<GoldenFrame> frames = new ArrayList<>();
    String name = "";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String line : text().split("\n", -1)) {
      if (line.startsWith(NAME)) {
        name = line.substring(NAME.length());
        bytes.reset();
      } else if (line.startsWith("  = ")) {
        frames.add(new GoldenFrame(name, bytes.toByteArray(), expected(line.substring(4))));
      } else if (line.startsWith("  ")) {
        for (String word : line.strip().split(" ", -1)) {
          bytes.writeBytes(
              word.startsWith("+")
                  ? new byte[Integer.parseInt(word.substring(1))]
                  : HexFormat.of().parseHex(word));
        }
      }
    }
    return frames;
  }

  private static Parsed expected(String text) {
    Map<String, String> fields = new HashMap<>();
    for (String word : text.split(" ", -1)) {
      int equals = word.indexOf('=');
      fields.put(
          equals < 0 ? word : word.substring(0, equals),
          equals < 0 ? "" : word.substring(equals + 1));
    }
    boolean malformed = fields.containsKey("malformed");
    if (fields.containsKey("not_ip")) {
      return Parsed.notIp(malformed);
    }
    return new Parsed(
        true,
        malformed,
        number(fields, "ip"),
        number(fields, "protocol"),
        IpAddress.parse(Objects.requireNonNull(fields.get("source"))),
        IpAddress.parse(Objects.requireNonNull(fields.get("destination"))),
        number(fields, "source_port"),
        number(fields, "destination_port"),
        number(fields, "icmp_type"),
        number(fields, "icmp_code"),
        number(fields, "flags"),
        number(fields, "vlan"));
  }

  private static int number(Map<String, String> fields, String name) {
    return Integer.decode(fields.getOrDefault(name, "0"));
  }

  private static String text() {
    try (InputStream in = GoldenFrame.class.getResourceAsStream(RESOURCE)) {
      return new String(
          Objects.requireNonNull(in, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
