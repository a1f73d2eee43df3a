package sh.retina.journal;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A journal that cannot be opened or read: the message names the file and says what to do about it.
 * Nothing has been changed on disk when it is thrown.
 */
public final class JournalException extends RuntimeException {
  private final transient Path file;
  private final boolean isRefusal;

  JournalException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
    this.file = file;
    this.isRefusal = false;
  }

  JournalException(Path file, String problem) {
    super(file + ": " + problem);
    this.file = file;
    this.isRefusal = false;
  }

  private JournalException(String message, Path file, @Nullable Throwable cause) {
    super(message, cause);
    this.file = file;
    this.isRefusal = true;
  }

  /** What belongs to somebody else: nothing to work around. */
  static JournalException refusal(Path file, String problem, @Nullable Throwable cause) {
    return new JournalException(file + ": " + problem, file, cause);
  }

  /**
   * Whether the directory is another's: a mistake in the configuration, not a fault of the disk.
   */
  public boolean isRefusal() {
    return isRefusal;
  }

  /** The file or directory at fault. */
  public Path file() {
    return file;
  }
}
