package sh.retina.helm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The original Helm, which {@code bin/helm} builds, on the chart of this project. A test that wants
 * it is skipped, with the reason, where it was never built; a build that is under way is waited
 * for.
 */
public final class Helm {
  private static final long PATIENCE_S = 120;
  private static final long BUILD_S = 1_200;

  private static final Path PROJECT =
      Path.of(System.getProperty("build.basedir", "")).toAbsolutePath();

  /** The chart's directory. */
  public static final Path CHART = PROJECT.resolve("helm/retina");

  private final String program;

  /** What it said and how it ended. */
  public record Answer(int code, String output, String errors) {
    /** The output; fails where it failed. */
    public String orFail() {
      if (code != 0) {
        throw new AssertionError("helm ended with " + code + ": " + errors + output);
      }
      return output;
    }
  }

  private Helm(String program) {
    this.program = program;
  }

  /** Skips the test where there is none. */
  public static Helm find() {
    Answer answer = run(List.of(PROJECT.resolve("bin/helm").toString(), "path"), BUILD_S);
    Assumptions.assumeTrue(answer.code() == 0, answer.errors());
    return new Helm(answer.output().strip());
  }

  /** Where it is. */
  public String program() {
    return program;
  }

  /** With these words; {@code CHART} is the chart. */
  public Answer run(String... words) {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(words));
    return run(command, PATIENCE_S);
  }

  private static Answer run(List<String> command, long seconds) {
    try {
      Path output = Files.createTempFile("retina-helm-", ".out");
      Path errors = Files.createTempFile("retina-helm-", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("no end of " + command + ": " + Files.readString(errors));
        }
        return new Answer(
            process.exitValue(), Files.readString(output, UTF_8), Files.readString(errors, UTF_8));
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
