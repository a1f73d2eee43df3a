package sh.retina.bpf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The programs in the kernel that one process holds; those of others are no matter of a test. */
public final class LoadedPrograms {
  private static final String ID = "prog_id:";

  private LoadedPrograms() {}

  /** Ids of the programs of this name that a process has open, by themselves or by a link. */
  public static Set<Integer> of(long pid, String name) {
    Set<Integer> ids = new TreeSet<>();
    try (var descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fdinfo"))) {
      for (Path descriptor : descriptors.toList()) {
        for (String line : lines(descriptor)) {
          if (line.startsWith(ID)) {
            ids.add(Integer.parseInt(line.substring(ID.length()).strip()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ids.removeIf(id -> !BpfProgram.nameOf(id).equals(name));
    return ids;
  }

  /** Whether the kernel still has it. It counts ids up and gives none twice. */
  public static boolean isLoaded(int id) {
    return !BpfProgram.nameOf(id).isEmpty();
  }

  /** Of a descriptor that may be closed meanwhile. */
  private static List<String> lines(Path descriptor) throws IOException {
    try {
      return Files.readAllLines(descriptor);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
