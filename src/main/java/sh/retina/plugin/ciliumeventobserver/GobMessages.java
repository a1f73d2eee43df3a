package sh.retina.plugin.ciliumeventobserver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Cuts a stream into gob's messages: a count of bytes, then as many. Holds one message at a time;
 * {@link #bytes} is good until the next call of {@link #next}.
 */
final class GobMessages {
  /** Cilium's are some hundred bytes; what its agent tells of itself may be longer. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  private static final int FIRST_BYTES = 64 << 10;

  private final ReadableByteChannel channel;
  private ByteBuffer buffer = ByteBuffer.allocate(FIRST_BYTES).limit(0);
  private int offset;
  private int length;

  GobMessages(ReadableByteChannel channel) {
    this.channel = channel;
  }

  byte[] bytes() {
    return buffer.array();
  }

  int offset() {
    return offset;
  }

  int length() {
    return length;
  }

  /**
   * Waits for the next message.
   *
   * @return false at the stream's end
   * @throws GobException when it ends amid a message, or the message is too long
   */
  boolean next() throws IOException {
    buffer.position(offset + length);
    if (!fill(1)) {
      return false;
    }
    int first = buffer.get() & 0xff;
    long size = first;
    if (first >= 0x80) {
      int bytes = 0x100 - first;
      if (bytes > Long.BYTES) {
        throw new GobException("not a gob stream: a count of " + bytes + " bytes");
      }
      need(bytes);
      size = 0;
      for (int i = 0; i < bytes; i++) {
        size = size << 8 | buffer.get() & 0xff;
      }
    }
    if (size < 0 || size > MAX_MESSAGE_BYTES) {
      throw new GobException(
          "a message of "
              + Long.toUnsignedString(size)
              + " bytes, more than "
              + MAX_MESSAGE_BYTES
              + ": this is not protocol 1.2 of Cilium's monitor");
    }
    need((int) size);
    offset = buffer.position();
    length = (int) size;
    return true;
  }

  private void need(int bytes) throws IOException {
    if (!fill(bytes)) {
      throw new GobException("the stream ended amid a message");
    }
  }

  /** Reads until so many bytes are there from the buffer's position on. */
  private boolean fill(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return true;
    }
    if (buffer.capacity() - buffer.position() < bytes) {
      ByteBuffer fresh = bytes > buffer.capacity() ? ByteBuffer.allocate(bytes) : buffer;
      ByteBuffer rest = buffer.duplicate();
      System.arraycopy(rest.array(), rest.position(), fresh.array(), 0, rest.remaining());
      fresh.limit(rest.remaining()).position(0);
      buffer = fresh;
    }
    while (buffer.remaining() < bytes) {
      int start = buffer.position();
      int filled = buffer.limit();
      buffer.limit(buffer.capacity()).position(filled);
      int read = channel.read(buffer);
      buffer.limit(Math.max(filled, buffer.position())).position(start);
      if (read < 0) {
        return false;
      }
    }
    return true;
  }
}
