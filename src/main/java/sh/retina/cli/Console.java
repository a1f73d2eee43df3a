package sh.retina.cli;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * The terminal: answers on standard output, faults on standard error. The only place that writes to
 * either, or reads what is typed.
 */
public final class Console {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";

  private Console() {}

  /** What was asked for. */
  public static void answer(String text) {
    System.out.println(text);
  }

  /** Coloured and as wide as the terminal, where there is one; {@code isWhole}: nothing is cut. */
  public static void answer(Table table, boolean isWhole) {
    answer(table.in(isWhole ? Terminal.UNBOUNDED : Terminal.columns(), Terminal.isColoured()));
  }

  /** In the place of everything that is on the terminal. */
  static void refresh(Table table, boolean isWhole) {
    System.out.print(HOME_AND_CLEAR);
    answer(table, isWhole);
  }

  /** Text with a colour, where there is a terminal for it. */
  static void answer(Colour colour, String text) {
    answer(colour.of(text, Terminal.isColoured()));
  }

  /** Where an answer that is no text goes. */
  public static OutputStream bytes() {
    return System.out;
  }

  /** The same of what another program says beside its answer. */
  public static OutputStream errors() {
    return System.err;
  }

  /** What somebody types, or a pipe brings. */
  public static InputStream typed() {
    return System.in;
  }

  /** Whether somebody watches standard error as it comes. */
  public static boolean isWatched() {
    return Terminal.isThere();
  }

  /** How far something is, in the place of what was said of it before; a person only sees it. */
  public static void progress(String line) {
    System.err.print("\r" + line + "\033[K");
    System.err.flush();
  }

  /** Ends the line of {@link #progress}. */
  public static void endProgress() {
    System.err.println();
  }

  /** What goes on, for a person who waits. */
  public static void tell(String text) {
    System.err.println(text);
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
