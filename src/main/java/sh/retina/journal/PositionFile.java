package sh.retina.journal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A position that survives the process: eight mapped bytes, so that each step costs a store. One
 * thread at a time.
 */
final class PositionFile implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment mapped;

  /** Opens or makes the file; a new one holds 0, which is no position. */
  PositionFile(Path directory, String name) {
    if (!name.matches("[a-z0-9-]+")) {
      throw new IllegalArgumentException(
          "a position's name has lower-case letters, digits and '-': '" + name + "'");
    }
    Path file = directory.resolve(name + ".position");
    try {
      Files.createDirectories(directory);
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES, arena);
      }
    } catch (IOException e) {
      arena.close();
      throw new JournalException("cannot keep the position in " + file + ": " + e.getMessage(), e);
    }
  }

  long get() {
    return mapped.get(JAVA_LONG, 0);
  }

  void set(long position) {
    mapped.set(JAVA_LONG, 0, position);
  }

  @Override
  public void close() {
    arena.close();
  }
}
