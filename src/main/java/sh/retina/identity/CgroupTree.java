package sh.retina.identity;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.event.SafeText;

/**
 * Whose cgroups are, by id. The id that the kernel gives with a socket is the inode number of the
 * cgroup's directory (kernfs, 64 bits), so the tree of directories tells the path. Immutable.
 *
 * @param root where the unified hierarchy is mounted
 */
public record CgroupTree(Path root) {
  /** Directories that are looked at; a node has some hundred. */
  private static final int MAX_DIRECTORIES = 100_000;

  /**
   * Walks the tree once for all these ids: the pod and container that each belongs to, as {@link
   * CgroupOwner} writes them, or the path of one that is no pod's. A cgroup that is gone has no
   * entry.
   */
  public Map<Long, String> names(Set<Long> ids) {
    Map<Long, String> found = new HashMap<>();
    walk(new Search(ids, found));
    return found;
  }

  /** All cgroups of pods and their containers, named likewise. */
  public Map<Long, String> pods() {
    Map<Long, String> found = new HashMap<>();
    walk(
        new Search(Set.of(), found) {
          @Override
          boolean isEnough() {
            return false;
          }

          @Override
          void visit(long id, String path) {
            CgroupOwner.ofPath(path).ifPresent(owner -> found.put(id, owner.toString()));
          }
        });
    return found;
  }

  private void walk(Search search) {
    try {
      Files.walkFileTree(root, search);
    } catch (IOException e) {
      // Not mounted, or not readable: what was found so far is right.
    }
  }

  private class Search extends SimpleFileVisitor<Path> {
    private final Set<Long> ids;
    private final Map<Long, String> found;
    private int visited;

    Search(Set<Long> ids, Map<Long, String> found) {
      this.ids = ids;
      this.found = found;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      if (++visited > MAX_DIRECTORIES || isEnough()) {
        return FileVisitResult.TERMINATE;
      }
      visit((Long) Files.getAttribute(directory, "unix:ino"), "/" + root.relativize(directory));
      return FileVisitResult.CONTINUE;
    }

    boolean isEnough() {
      return found.size() == ids.size();
    }

    void visit(long id, String path) {
      if (ids.contains(id)) {
        found.put(
            id,
            CgroupOwner.ofPath(path)
                .map(CgroupOwner::toString)
                .orElseGet(() -> SafeText.TEXT.of(path)));
      }
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      return FileVisitResult.CONTINUE; // went meanwhile
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
      return FileVisitResult.CONTINUE; // it may have gone while it was read
    }
  }
}
