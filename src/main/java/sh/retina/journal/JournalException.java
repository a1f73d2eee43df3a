package sh.retina.journal;

import java.nio.file.Path;

/**
 * A journal that cannot be opened or read: the message names the file and says what to do about it.
 * Nothing has been changed on disk when it is thrown.
 */
public final class JournalException extends RuntimeException {
  private final transient Path file;

  JournalException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
    this.file = file;
  }

  JournalException(Path file, String problem) {
    super(file + ": " + problem);
    this.file = file;
  }

  /** The file or directory at fault. */
  public Path file() {
    return file;
  }
}
