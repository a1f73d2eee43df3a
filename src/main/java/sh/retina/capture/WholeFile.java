package sh.retina.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import sh.retina.capture.output.OutputDirectory;
import sh.retina.capture.output.Sha256;

/**
 * A file that is made of whole pieces, under a temporary name until it is complete. When the disk
 * is full it is cut back to the last whole piece that is on it. Not thread-safe.
 */
final class WholeFile implements PieceSink, AutoCloseable {
  static final String TEMPORARY = ".part";
  private static final int BUFFER_BYTES = 512 << 10;
  private static final int LEAST_PIECE_BYTES = 16;

  private final OutputDirectory directory;
  private final String name;
  private final SeekableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

  /** Where the pieces in the buffer end, times 2, and 1 more where one is a packet. */
  private final int[] ends = new int[BUFFER_BYTES / LEAST_PIECE_BYTES];

  private int pieces;
  private long writtenBytes;
  private long lostPackets;
  private boolean isCut;
  private boolean isNamed;

  private WholeFile(OutputDirectory directory, String name, SeekableByteChannel channel) {
    this.directory = directory;
    this.name = name;
    this.channel = channel;
  }

  static WholeFile create(OutputDirectory directory, String name) throws IOException {
    if (directory.exists(name)) {
      throw new IOException(directory.path().resolve(name) + " is there already");
    }
    return new WholeFile(directory, name, directory.create(name + TEMPORARY));
  }

  String name() {
    return name;
  }

  /** With what is not on the disk yet. */
  long bytes() {
    return writtenBytes + buffer.position();
  }

  @Override
  public void append(ByteBuffer piece, boolean isPacket) throws IOException {
    if (isCut) {
      lostPackets += isPacket ? 1 : 0;
      return; // who appended before was told
    }
    if (piece.remaining() > buffer.remaining() || pieces == ends.length) {
      try {
        flush();
      } catch (IOException e) {
        lostPackets += isPacket ? 1 : 0;
        throw e;
      }
    }
    if (piece.remaining() > buffer.capacity()) {
      throw new IOException("a piece of " + piece.remaining() + " bytes has no room");
    }
    buffer.put(piece);
    ends[pieces++] = buffer.position() << 1 | (isPacket ? 1 : 0);
  }

  /**
   * Brings all of it to the disk.
   *
   * @throws IOException when the disk is full, for one; the file ends with the last whole piece
   *     that is on it
   */
  void flush() throws IOException {
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      writtenBytes += buffer.limit();
    } catch (IOException e) {
      cut(buffer.position());
      throw new IOException("write " + path() + ": " + e.getMessage(), e);
    } finally {
      buffer.clear();
      pieces = 0;
    }
  }

  /** Back to the last whole piece of the buffer, of which so many bytes are on the disk. */
  private void cut(int bytes) throws IOException {
    isCut = true;
    int whole = 0;
    for (int i = 0; i < pieces; i++) {
      if (ends[i] >> 1 <= bytes) {
        whole = ends[i] >> 1;
      } else {
        lostPackets += ends[i] & 1;
      }
    }
    writtenBytes += whole;
    channel.truncate(writtenBytes);
  }

  /** Packets that were given and that the disk did not take. */
  long lostPackets() {
    return lostPackets;
  }

  /**
   * Gives it its name, with what was flushed.
   *
   * @return SHA-256 of what is in it, in hexadecimal
   */
  String complete() throws IOException {
    String digest = Sha256.of(channel);
    if (channel instanceof FileChannel file) {
      file.force(false);
    }
    channel.close();
    directory.rename(name + TEMPORARY, name);
    isNamed = true;
    return digest;
  }

  private String path() {
    return directory.path().resolve(name).toString();
  }

  /** Without {@link #complete}, nothing is left of it. */
  @Override
  public void close() throws IOException {
    if (!isNamed) {
      channel.close();
      directory.delete(name + TEMPORARY);
    }
  }
}
