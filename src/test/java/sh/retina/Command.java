package sh.retina;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs other programs to their end, and fails with what they said when they do. */
public final class Command {
  private static final int PATIENCE_SECONDS = 60;

  private Command() {}

  /** What it printed, errors among it. */
  public static String run(List<String> words) {
    return run(new ProcessBuilder(words).redirectErrorStream(true));
  }

  public static String run(String... words) {
    return run(List.of(words));
  }

  /** What it printed, without what it said of errors and warnings. */
  public static String output(List<String> words) {
    return run(new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD));
  }

  /** Sends a process a signal, such as {@code STOP}. */
  public static void signal(String name, long pid) {
    run("kill", "-" + name, String.valueOf(pid));
  }

  private static String run(ProcessBuilder builder) {
    try {
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(String.join(" ", builder.command()) + ": " + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
