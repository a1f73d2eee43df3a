package sh.retina.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A memory cgroup of a test's own, of whichever version this machine has mounted
 * (Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst).
 */
final class MemoryGroup implements AutoCloseable {
  private final Path directory;
  private final boolean isUnified;

  private MemoryGroup(Path directory, boolean isUnified) {
    this.directory = directory;
    this.isUnified = isUnified;
  }

  /** Empty where this machine does not let us. */
  static Optional<MemoryGroup> make(String name, long limitBytes) {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mounts"))) {
      return mounts
          .map(line -> line.split(" ", -1))
          .filter(mount -> isMemory(mount[1], mount[2], mount[3]))
          .flatMap(mount ->
              make(Path.of(mount[1]), mount[2].equals("cgroup2"), name, limitBytes).stream())
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isMemory(String directory, String type, String options) {
    return switch (type) {
      case "cgroup" -> List.of(options.split(",", -1)).contains("memory");
      case "cgroup2" -> {
        Path controllers = Path.of(directory, "cgroup.controllers");
        yield Files.isReadable(controllers) && read(controllers).contains("memory");
      }
      default -> false;
    };
  }

  private static Optional<MemoryGroup> make(
      Path root, boolean isUnified, String name, long limitBytes) {
    MemoryGroup group = new MemoryGroup(root.resolve(name), isUnified);
    try {
      if (isUnified) {
        Files.writeString(root.resolve("cgroup.subtree_control"), "+memory");
      }
      Files.createDirectories(group.directory);
      group.limit(limitBytes);
      return Optional.of(group);
    } catch (IOException | UncheckedIOException e) {
      if (Files.exists(group.directory)) {
        group.close();
      }
      return Optional.empty();
    }
  }

  /** Sets the limit; page cache that exceeds it is taken back before this returns. */
  void limit(long bytes) throws IOException {
    String file = isUnified ? "memory.max" : "memory.limit_in_bytes";
    Files.writeString(directory.resolve(file), Long.toString(bytes));
  }

  /** The words that start a command inside it. */
  List<String> command() {
    return List.of("sh", "-c", "echo $$ > " + directory + "/cgroup.procs && exec \"$@\"", "sh");
  }

  /** How often something had to be taken back from somebody to stay within the limit. */
  long timesFull() {
    return isUnified
        ? number("memory.events", "max ")
        : Long.parseLong(read(directory.resolve("memory.failcnt")).strip());
  }

  /** How many processes were killed for want of memory. */
  long kills() {
    return number(isUnified ? "memory.events" : "memory.oom_control", "oom_kill ");
  }

  private long number(String file, String key) {
    return read(directory.resolve(file))
        .lines()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.substring(key.length())))
        .sum();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its processes must have ended; the kernel may need a moment more. */
  @Override
  public void close() {
    for (int i = 0; ; i++) {
      try {
        Files.delete(directory);
        return;
      } catch (IOException e) {
        if (i == 100) {
          throw new UncheckedIOException(e);
        }
        LockSupport.parkNanos(50_000_000);
      }
    }
  }
}
