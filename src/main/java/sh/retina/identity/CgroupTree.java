package sh.retina.identity;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Owners of cgroups by id. The id that the kernel gives with a socket is the inode number of the
 * cgroup's directory (kernfs, 64 bits), so the tree of directories tells the path. It is read when
 * an unknown id is asked for, at most once a second; of a cgroup that is gone by then nothing is
 * known. Thread-safe.
 */
public final class CgroupTree {
  private static final long REREAD_NS = 1_000_000_000L;

  /** Directories that are looked at; a node has some hundred. */
  private static final int MAX_DIRECTORIES = 100_000;

  private final Path root;
  private final LongSupplier nanoClock;
  private Map<Long, CgroupOwner> owners = Map.of();
  private long readNs;
  private boolean isRead;

  /**
   * @param root where the unified hierarchy is mounted
   * @param nanoClock monotonic
   */
  public CgroupTree(Path root, LongSupplier nanoClock) {
    this.root = root;
    this.nanoClock = nanoClock;
  }

  /** The pod and container that a cgroup belongs to; empty if it is no pod's, or gone. */
  public synchronized Optional<CgroupOwner> owner(long cgroupId) {
    CgroupOwner known = owners.get(cgroupId);
    long nowNs = nanoClock.getAsLong();
    if (known == null && (!isRead || nowNs - readNs >= REREAD_NS)) {
      isRead = true;
      readNs = nowNs;
      owners = read();
      known = owners.get(cgroupId);
    }
    return Optional.ofNullable(known);
  }

  private Map<Long, CgroupOwner> read() {
    Map<Long, CgroupOwner> found = new HashMap<>();
    try {
      Files.walkFileTree(root, new Visitor(found));
    } catch (IOException e) {
      // Not mounted, or not readable: what was found so far is right.
    }
    return found;
  }

  private final class Visitor extends SimpleFileVisitor<Path> {
    private final Map<Long, CgroupOwner> found;
    private int visited;

    Visitor(Map<Long, CgroupOwner> found) {
      this.found = found;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      if (++visited > MAX_DIRECTORIES) {
        return FileVisitResult.TERMINATE;
      }
      Optional<CgroupOwner> owner = CgroupOwner.ofPath("/" + root.relativize(directory));
      if (owner.isPresent()) {
        found.put((Long) Files.getAttribute(directory, "unix:ino"), owner.get());
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      return FileVisitResult.CONTINUE; // went meanwhile
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, java.io.IOException e) {
      return FileVisitResult.CONTINUE;
    }
  }
}
