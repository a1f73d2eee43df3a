package sh.retina.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sh.retina.Command;

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
    return Command.output(command)
        .lines()
        .map(line -> Arrays.asList(line.split("\t", -1)))
        .toList();
  }

  /** What the file says of itself and its interfaces. */
  static String info(Path file) {
    return Command.output(List.of("capinfos", file.toString()));
  }
}
