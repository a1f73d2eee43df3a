package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class UnifiedCgroupsTest {
  @Test
  void shouldFindTheUnifiedHierarchyBesideTheOldOnes() {
    String mounts =
        """
        tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
        cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0
        cgroup2 /sys/fs/cgroup/uni\\040fied cgroup2 rw,relatime 0 0
        """;

    assertThat(UnifiedCgroups.find(mounts)).contains(Path.of("/sys/fs/cgroup/uni fied"));
  }

  @Test
  void shouldFindNoneWhereThereIsNone() {
    assertThat(UnifiedCgroups.find("proc /proc proc rw 0 0\n\nshort line\n")).isEmpty();
  }
}
