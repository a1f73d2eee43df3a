package sh.retina.capture.output;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A file that is complete, in the directory where it was recorded.
 *
 * @param name without a directory
 * @param size bytes
 * @param sha256 in hexadecimal
 */
record CapturedFile(OutputDirectory directory, String name, long size, String sha256) {
  static final long PART_BYTES = 32L << 20;

  /** Bytes of each part of a big file, so that no store's bound of parts is met. */
  long partBytes() {
    return Math.max(PART_BYTES, size / 9_000);
  }

  InputStream open() throws IOException {
    return Channels.newInputStream(directory.read(name));
  }

  /** So many bytes from a place on; fewer at the end. */
  byte[] part(long from, long length) throws IOException {
    try (SeekableByteChannel channel = directory.read(name)) {
      channel.position(from);
      InputStream stream = Channels.newInputStream(channel);
      return stream.readNBytes((int) Math.min(length, Integer.MAX_VALUE - 8));
    }
  }

  /** Fails where a place has another size than this file; null: the place does not say. */
  void expectSize(@Nullable Long found) throws IOException {
    if (found != null && found != size) {
      throw new IOException("it has " + found + " bytes there, not " + size);
    }
  }
}
