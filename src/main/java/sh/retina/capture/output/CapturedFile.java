package sh.retina.capture.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file that is complete, in the directory where it was recorded.
 *
 * @param name without a directory
 * @param size bytes
 * @param sha256 in hexadecimal
 */
record CapturedFile(OutputDirectory directory, String name, long size, String sha256) {
  /** A part is in memory while it is sent, and a worker has little: 96 MB in the image. */
  static final long PART_BYTES = 8L << 20;

  /** Bytes of each part of a big file, so that no store's bound of parts is met. */
  long partBytes() {
    return Math.max(PART_BYTES, size / 9_000);
  }

  /** So many bytes from a place on; fewer at the end. */
  byte[] part(long from, long length) throws IOException {
    try (SeekableByteChannel channel = directory.read(name)) {
      channel.position(from);
      long left = Math.max(0, channel.size() - from);
      ByteBuffer part = ByteBuffer.allocate(Math.toIntExact(Math.min(length, left)));
      while (part.hasRemaining() && channel.read(part) >= 0) {
        // until it is whole, or the file has become shorter
      }
      return part.hasRemaining() ? Arrays.copyOf(part.array(), part.position()) : part.array();
    }
  }

  /** Fails where a place has another size than this file; null: the place does not say. */
  void expectSize(@Nullable Long found) throws IOException {
    if (found != null && found != size) {
      throw new IOException("it has " + found + " bytes there, not " + size);
    }
  }
}
