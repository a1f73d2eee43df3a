package sh.retina.cli;

/**
 * The terminal: answers on standard output, faults on standard error. The only place that writes to
 * either.
 */
public final class Console {
  private Console() {}

  /** What was asked for. */
  public static void answer(String text) {
    System.out.println(text);
  }

  /** What is wrong, in a person's words. */
  public static void complain(String text) {
    System.err.println("retina: " + text);
  }

  /** A fault of ours that nobody foresaw: for who mends it. */
  public static void complain(Throwable fault) {
    fault.printStackTrace(System.err);
  }
}
