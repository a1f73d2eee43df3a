package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On ordinary directories, whose inode numbers serve as ids in the same way. */
class CgroupTreeTest {
  private static final String UID = "0c5a1f0e-7b2d-4c3e-9f10-a1b2c3d4e5f6";
  private static final String ID = "0123456789abcdef".repeat(4);

  @TempDir private Path root;

  private long make(String path) throws IOException {
    Path made = Files.createDirectories(root.resolve(path));
    return (Long) Files.getAttribute(made, "unix:ino");
  }

  @Test
  void shouldNameCgroupsByTheirIds() throws IOException {
    long container = make("kubepods/burstable/pod" + UID + "/" + ID);
    long service = make("system.slice/sshd.service");
    long top = make("");

    assertThat(new CgroupTree(root).names(Set.of(container, service, top, -1L)))
        .isEqualTo(
            Map.of(
                container,
                "pod/" + UID + "/" + ID,
                service,
                "/system.slice/sshd.service",
                top,
                "/"));
  }

  @Test
  void shouldKnowNothingWhereNothingIsMounted() {
    assertThat(new CgroupTree(root.resolve("missing")).names(Set.of(1L))).isEmpty();
  }
}
