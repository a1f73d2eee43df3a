package sh.retina.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs {@code bin/kube-apiserver}, or another program, and waits for its end. */
final class ServerScript {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** What it printed, and its exit code; -1 for no end in time. */
  record Answer(int code, String text) {
    boolean isWell() {
      return code == 0;
    }

    String orFail() {
      if (code != 0) {
        throw new AssertionError(text);
      }
      return text;
    }
  }

  private ServerScript() {}

  static Answer run(Duration patience, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(
        Path.of(System.getProperty("build.basedir", ""), "bin/kube-apiserver")
            .toAbsolutePath()
            .toString());
    command.addAll(List.of(arguments));
    return execute(patience, command);
  }

  /** The same, which must go well. */
  static void require(String... arguments) {
    run(PATIENCE, arguments).orFail();
  }

  static Answer execute(Duration patience, List<String> command) {
    try {
      Path log = Files.createTempFile("retina-kube-apiserver-", ".log");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return new Answer(-1, "no end of " + command + ": " + Files.readString(log));
        }
        return new Answer(process.exitValue(), Files.readString(log).strip());
      } finally {
        Files.delete(log);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
