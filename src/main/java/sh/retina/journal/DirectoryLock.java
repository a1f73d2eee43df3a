package sh.retina.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The right to write a journal directory, held through a lock on a file in it: the kernel frees it
 * when the process dies.
 */
final class DirectoryLock implements AutoCloseable {
  private static final String FILE = "journal.lock";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Takes the lock, making the directory if need be; {@link JournalException} when another writer
   * has it.
   */
  static DirectoryLock take(Path directory) {
    DirectoryLock lock = open(directory);
    try {
      if (lock.channel.tryLock() != null) {
        return lock;
      }
    } catch (OverlappingFileLockException e) {
      lock.close();
      throw inUse(directory, e);
    } catch (IOException e) {
      lock.close();
      throw new JournalException(directory, "cannot be locked: check its mount", e);
    }
    lock.close();
    throw inUse(directory, null);
  }

  private static JournalException inUse(Path directory, @Nullable Exception cause) {
    return JournalException.refusal(
        directory, "in use by another writer: stop it, or use another directory", cause);
  }

  /** Whether the directory is there still, with the lock in it, and may be written. */
  boolean isInPlace() {
    return Files.isWritable(directory) && Files.exists(directory.resolve(FILE));
  }

  private static DirectoryLock open(Path directory) {
    try {
      // Who talked to whom is nobody else's business. A directory that is there keeps its mode: it
      // is
      // the operator's.
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      return new DirectoryLock(
          directory,
          FileChannel.open(
              directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw new JournalException(
          directory, "cannot be written: check its owner, mode and mount", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new JournalException(directory, "lock cannot be released", e);
    }
  }
}
