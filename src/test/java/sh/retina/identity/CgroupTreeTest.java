package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On ordinary directories, whose inode numbers serve as ids in the same way. */
class CgroupTreeTest {
  private static final String UID = "0c5a1f0e-7b2d-4c3e-9f10-a1b2c3d4e5f6";
  private static final String ID = "0123456789abcdef".repeat(4);

  @TempDir private Path root;
  private final AtomicLong now = new AtomicLong();

  private long make(String path) throws IOException {
    Path made = Files.createDirectories(root.resolve(path));
    return (Long) Files.getAttribute(made, "unix:ino");
  }

  @Test
  void shouldFindPodsByTheIdOfTheirCgroup() throws IOException {
    long container = make("kubepods/burstable/pod" + UID + "/" + ID);
    long other = make("system.slice/sshd.service");
    CgroupTree tree = new CgroupTree(root, now::get);

    assertThat(tree.owner(container)).contains(new CgroupOwner(UID, ID));
    assertThat(tree.owner(other)).isEmpty();
    assertThat(tree.owner(1L)).isEmpty();
  }

  @Test
  void shouldReadAgainForAnUnknownIdButNotAllTheTime() throws IOException {
    CgroupTree tree = new CgroupTree(root, now::get);
    assertThat(tree.owner(1L)).isEmpty();
    long late = make("kubepods/pod" + UID);

    assertThat(tree.owner(late)).as("too soon").isEmpty();
    now.addAndGet(1_000_000_000L);
    assertThat(tree.owner(late)).contains(new CgroupOwner(UID, ""));
  }

  @Test
  void shouldKnowNothingWhereNothingIsMounted() {
    assertThat(new CgroupTree(root.resolve("missing"), now::get).owner(1L)).isEmpty();
  }
}
