package sh.retina.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The file being written, by its descriptor: where the bytes of a large batch go, between a header
 * and an end that Chronicle writes through its mapping. A page that a write call brings into the
 * page cache costs a third of one that a store into the mapping faults in
 * (docs/performance/user-path.md), and it does not count in this process's memory. Mapping and
 * descriptor show the same pages. Used under the journal's lock only.
 */
final class PayloadFile implements AutoCloseable {
  /** Less than this is stored into the mapping: a call costs more than the few pages it saves. */
  static final int MIN_BYTES = 16 << 10;

  private static final long REACH_BYTES = 1L << 30;

  private final Path directory;
  private @Nullable FileChannel channel;
  private int cycle;

  /** A view of the memory around what was written last: rings do not move, so it is made once. */
  private ByteBuffer memory = ByteBuffer.allocate(0);

  private long memoryStart;

  PayloadFile(Path directory) {
    this.directory = directory;
  }

  /**
   * Writes {@code byteCount} bytes at an absolute address into the file of a cycle, which is there
   * already.
   *
   * @throws IOException when the disk is full or the file is gone; some bytes may be written then
   */
  void write(int ofCycle, long position, long address, int byteCount) throws IOException {
    FileChannel to = open(ofCycle);
    ByteBuffer from = view(address, byteCount);
    for (long at = position; from.hasRemaining(); ) {
      at += to.write(from, at);
    }
  }

  private FileChannel open(int ofCycle) throws IOException {
    FileChannel opened = channel;
    if (opened == null || cycle != ofCycle) {
      close();
      opened = FileChannel.open(JournalFiles.file(directory, ofCycle), StandardOpenOption.WRITE);
      channel = opened;
      cycle = ofCycle;
    }
    return opened;
  }

  private ByteBuffer view(long address, int byteCount) {
    if (address < memoryStart || address + byteCount > memoryStart + memory.capacity()) {
      memoryStart = Math.max(0, address - REACH_BYTES / 2);
      memory = Excerpt.MEMORY.asSlice(memoryStart, REACH_BYTES).asByteBuffer();
    }
    int offset = (int) (address - memoryStart);
    return memory.limit(offset + byteCount).position(offset);
  }

  @Override
  public void close() throws IOException {
    FileChannel opened = channel;
    channel = null;
    if (opened != null) {
      opened.close();
    }
  }
}
