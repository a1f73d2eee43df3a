package sh.retina.cli;

/** A command cannot do what it was asked; the message names the thing and the remedy. */
public final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  private CliException(String message, int exitCode) {
    super(message);
    this.exitCode = exitCode;
  }

  public static CliException failed(String message) {
    return new CliException(message, 1);
  }

  /** The words were wrong, by what an agent says of them. */
  public static CliException usage(String message) {
    return new CliException(message, 2);
  }

  int exitCode() {
    return exitCode;
  }
}
