package sh.retina.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a person reads and types, if standard input and output are a terminal; its size and modes
 * by stty(1), which is everywhere where a terminal is. Thread-safe.
 */
public final class Terminal {
  /** Columns where nothing has to fit. */
  public static final int UNBOUNDED = Integer.MAX_VALUE;

  private static final File DEVICE = new File("/dev/tty");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})");
  private static final int PATIENCE_SECONDS = 5;

  private Terminal() {}

  /** Rows and columns of characters. */
  public record Size(int rows, int columns) {}

  public static boolean isThere() {
    java.io.Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** Whether colours are wanted: no-color.org, and a terminal that knows them. */
  static boolean isColoured() {
    return isThere() && isUnset("NO_COLOR") && !"dumb".equals(System.getenv("TERM"));
  }

  private static boolean isUnset(String variable) {
    String value = System.getenv(variable);
    return value == null || value.isEmpty();
  }

  /** Of the variable COLUMNS, else of the terminal; {@link #UNBOUNDED} to a pipe. */
  static int columns() {
    if (!isThere()) {
      return UNBOUNDED;
    }
    String given = System.getenv("COLUMNS");
    if (given != null && given.matches("[1-9][0-9]{0,4}")) {
      return Integer.parseInt(given);
    }
    int columns = size().columns();
    return columns == 0 ? UNBOUNDED : columns;
  }

  /** Zeros where it is not known. */
  public static Size size() {
    Matcher size = SIZE.matcher(stty("size"));
    return size.matches()
        ? new Size(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)))
        : new Size(0, 0);
  }

  /**
   * Each key as it is typed, without an echo and without a signal: what is at the other end answers
   * them.
   *
   * @return the modes of before, for {@link #restore}; empty where they could not be changed
   */
  public static String raw() {
    String before = stty("-g");
    if (!before.isEmpty()) {
      stty("raw", "-echo");
    }
    return before;
  }

  /** Sets the modes that {@link #raw} gave. */
  public static void restore(String modes) {
    if (!modes.isEmpty()) {
      stty(modes);
    }
  }

  /** What it says; empty where it cannot be run or complains. */
  private static String stty(String... words) {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(words));
    try {
      Process stty =
          new ProcessBuilder(command)
              .redirectInput(DEVICE)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return stty.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && stty.exitValue() == 0
          ? said.strip()
          : "";
    } catch (IOException _) {
      return ""; // no such program, or no terminal
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
