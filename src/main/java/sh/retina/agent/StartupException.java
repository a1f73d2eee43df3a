package sh.retina.agent;

/**
 * The agent cannot start, for a reason that its user can mend: the message names the thing and the
 * remedy.
 */
final class StartupException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  StartupException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
