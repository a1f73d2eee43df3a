package sh.retina.export.prometheus;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes in pieces: what is written is never copied to make room for more. For one thread, then read
 * by any.
 */
final class ByteChunks extends OutputStream {
  private static final int CHUNK_BYTES = 64 << 10;

  private final List<byte[]> full = new ArrayList<>();
  private byte[] last = new byte[CHUNK_BYTES];
  private int lastSize;

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    while (left > 0) {
      if (lastSize == CHUNK_BYTES) {
        full.add(last);
        last = new byte[CHUNK_BYTES];
        lastSize = 0;
      }
      int part = Math.min(left, CHUNK_BYTES - lastSize);
      System.arraycopy(bytes, from, last, lastSize, part);
      lastSize += part;
      from += part;
      left -= part;
    }
  }

  long size() {
    return (long) full.size() * CHUNK_BYTES + lastSize;
  }

  /** All pieces; the receiver's own. */
  List<byte[]> chunks() {
    List<byte[]> all = new ArrayList<>(full);
    all.add(Arrays.copyOf(last, lastSize));
    return all;
  }
}
