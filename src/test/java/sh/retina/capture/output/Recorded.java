package sh.retina.capture.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;

/** Files as a recording leaves them. */
final class Recorded {
  private Recorded() {}

  /** Of so many bytes that no two places share, in the directory. */
  static Delivery.Item file(Path directory, String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Files.createDirectories(directory);
    Files.write(directory.resolve(name), content);
    return new Delivery.Item(name, bytes, sha256(content));
  }

  static String sha256(byte[] content) {
    MessageDigest sha = Sha256.digest("SHA-256");
    return HexFormat.of().formatHex(sha.digest(content));
  }
}
