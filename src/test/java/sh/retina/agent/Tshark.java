package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Wireshark in the terminal, which reads files of packets. */
final class Tshark {
  private Tshark() {}

  static boolean isThere() {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "tshark")));
  }

  /** Of each packet that the display filter lets through, the values of these fields. */
  static List<List<String>> fields(Path file, String filter, String... fields) {
    List<String> command =
        new ArrayList<>(List.of("tshark", "-r", file.toString(), "-N", "n", "-T", "fields"));
    if (!filter.isEmpty()) {
      command.addAll(List.of("-Y", filter));
    }
    for (String field : fields) {
      command.addAll(List.of("-e", field));
    }
    return run(command).lines().map(line -> Arrays.asList(line.split("\t", -1))).toList();
  }

  /** What the file says of itself and its interfaces. */
  static String info(Path file) {
    return run(List.of("capinfos", file.toString()));
  }

  private static String run(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output);
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
