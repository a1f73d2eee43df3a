package sh.retina.capture.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Sums of files. */
public final class Sha256 {
  private static final int BUFFER_BYTES = 512 << 10;

  private Sha256() {}

  /** Of all that a channel has, in hexadecimal. */
  public static String of(SeekableByteChannel channel) throws IOException {
    MessageDigest sha = digest("SHA-256");
    ByteBuffer part = ByteBuffer.allocate(BUFFER_BYTES);
    channel.position(0);
    while (channel.read(part) >= 0) {
      sha.update(part.flip());
      part.clear();
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  /** One that every Java has. */
  static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has " + algorithm, e);
    }
  }
}
