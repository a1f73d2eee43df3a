package sh.retina.journal;

/** A journal cannot be opened or read; the message names the directory or file and the remedy. */
public final class JournalException extends RuntimeException {
  private static final long serialVersionUID = 1;

  JournalException(String message, Throwable cause) {
    super(message, cause);
  }

  JournalException(String message) {
    super(message);
  }
}
