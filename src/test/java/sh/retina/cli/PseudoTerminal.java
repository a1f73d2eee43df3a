package sh.retina.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A terminal of 72 columns and 20 rows without a person, which script(1) makes. */
public final class PseudoTerminal {
  private static final int PATIENCE_SECONDS = 180;

  private PseudoTerminal() {}

  /** A command of the program, for a shell. */
  public static String program(String... words) {
    return "'%s' -cp '%s' -XX:TieredStopAtLevel=1 sh.retina.RetinaApplication %s"
        .formatted(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            String.join(" ", words));
  }

  /** Runs commands on one; what comes back is what is on it. */
  public static Process run(String commands) throws IOException {
    ProcessBuilder script =
        new ProcessBuilder(
            "env", // a job in the background inherits that the signal is ignored
            "--default-signal=INT",
            "script",
            "--quiet",
            "--return",
            "--flush",
            "-c",
            "stty cols 72 rows 20; " + commands,
            "/dev/null");
    script.environment().put("TERM", "xterm");
    script.environment().remove("COLUMNS");
    script.environment().remove("NO_COLOR");
    return script.redirectErrorStream(true).start();
  }

  /** Reads on until the text has come so many times, or the end. */
  public static String until(InputStream terminal, String text, int times) {
    StringBuffer all = new StringBuffer();
    CompletableFuture<Void> came =
        CompletableFuture.runAsync(
            () -> {
              byte[] piece = new byte[4_096];
              while (all.toString().split(Pattern.quote(text), -1).length <= times) {
                int read = read(terminal, piece);
                if (read < 0) {
                  break;
                }
                all.append(new String(piece, 0, read, UTF_8));
              }
            },
            task -> Thread.ofPlatform().daemon().name("terminal").start(task));
    try {
      came.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw new AssertionError("'" + text + "' does not come: " + all, e);
    }
    return all.toString();
  }

  private static int read(InputStream terminal, byte[] piece) {
    try {
      return terminal.read(piece);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
