package sh.retina.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Control groups that a test made; no process is left in them. */
public final class TestCgroups {
  private TestCgroups() {}

  /**
   * Removes one with all below it, also what a run left there that was killed: the hierarchy is the
   * kernel's, and outlives the machine that a test ran in.
   */
  public static void remove(Path root) throws IOException {
    try (Stream<Path> below = Files.walk(root)) {
      List<Path> groups =
          below.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
      for (Path group : groups) {
        Files.delete(group); // the files in it go with it
      }
    } catch (NoSuchFileException e) {
      // it was never made
    }
  }
}
