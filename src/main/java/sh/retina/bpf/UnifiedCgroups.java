package sh.retina.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the unified cgroup hierarchy (v2) is mounted, as this process sees it. */
public final class UnifiedCgroups {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final int DIRECTORY = 1;
  private static final int TYPE = 2;

  private UnifiedCgroups() {}

  /** Its root. Throws BpfException when it is not mounted. */
  public static Path root() {
    return find()
        .orElseThrow(() ->
            new BpfException(
                "find the unified cgroup hierarchy",
                Errno.ENOENT,
                "no cgroup2 in " + MOUNTS + ": mount -t cgroup2 none /sys/fs/cgroup/unified"));
  }

  /** Its root; empty when it is not mounted. */
  public static Optional<Path> find() {
    try {
      return find(Files.readString(MOUNTS));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The same in the text of a mount table, proc_pid_mounts(5). */
  static Optional<Path> find(String mounts) {
    return mounts
        .lines()
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields.length > TYPE && fields[TYPE].equals("cgroup2"))
        .map(fields -> Path.of(fields[DIRECTORY].replace("\\040", " ")))
        .findFirst();
  }
}
