package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sh.retina.Command;
import sh.retina.WholeMachine;

@RequiresRoot
@WholeMachine
class AttachIT {
  private static BpfObject hooking(String... programs) {
    try (BpfSpec spec = BpfObject.open("hooking", TestObjects.elf("hooking"))) {
      for (String program : spec.programNames()) {
        spec.autoload(program, Stream.of(programs).anyMatch(program::equals));
      }
      return spec.load();
    }
  }

  /** Gives the scheduler something to switch. */
  private static void switchThreads() {
    Command.run("true");
  }

  private static void shouldCountUntilClosed(String program, int hook) {
    try (BpfObject object = hooking(program)) {
      BpfMap hits = object.map("hits");
      try (BpfLink link = object.program(program).attach()) {
        switchThreads();
        assertThat(link.kind()).isEqualTo(BpfLink.Kind.LINK);
        assertThat(hits.sumPerCpu(hook)).isPositive();
      }
      long counted = hits.sumPerCpu(hook);
      switchThreads();
      assertThat(hits.sumPerCpu(hook)).isEqualTo(counted);
    }
  }

  @Test
  void shouldAttachToATracepointByBtf() {
    shouldCountUntilClosed("on_tp_btf", 0);
  }

  @Test
  void shouldAttachToARawTracepoint() {
    shouldCountUntilClosed("on_raw_tp", 1);
  }

  @Test
  void shouldAttachToATracepoint() {
    Path tracing = Path.of("/sys/kernel/tracing");
    boolean mounted = Files.isDirectory(tracing.resolve("events"));
    assumeTrue(mounted || Files.isDirectory(tracing), "this kernel has no tracefs");
    if (!mounted) {
      Command.run("mount", "-t", "tracefs", "bpfjava", tracing.toString());
    }
    try {
      shouldCountUntilClosed("on_tracepoint", 2);
    } finally {
      if (!mounted) {
        Command.run("umount", "--lazy", tracing.toString());
      }
    }
  }

  @Test
  void shouldSayWhereAnAttachFails() {
    try (BpfObject object = hooking("on_cgroup")) {
      assertThatThrownBy(
              () -> object.program("on_cgroup").attachCgroup(Path.of("/sys/fs/cgroup/nowhere")))
          .isInstanceOf(BpfException.class)
          .hasMessageStartingWith("attach on_cgroup at cgroup /sys/fs/cgroup/nowhere: ENOENT");
    }
  }

  @Test
  void shouldAttachToASocketOfItsOwn() {
    try (TestNetwork network = new TestNetwork();
        BpfObject object = hooking("on_socket")) {
      int near = network.nearIndex();
      BpfMap hits = object.map("hits");
      BpfLink link = network.near.call(() -> object.program("on_socket").attachSocketFilter(near));
      network.far("ping", "-c", "3", "-i", "0.05", "10.99.0.1");
      assertThat(hits.sumPerCpu(3)).isGreaterThanOrEqualTo(6); // requests and replies
      link.close();

      long counted = hits.sumPerCpu(3);
      network.far("ping", "-c", "1", "10.99.0.1");
      assertThat(hits.sumPerCpu(3)).isEqualTo(counted);
    }
  }

  @Test
  void shouldAttachToTheRootOfAllCgroups() {
    assumeTrue(UnifiedCgroups.find().isPresent(), "the unified hierarchy is not mounted");
    try (TestNetwork network = new TestNetwork();
        BpfObject object = hooking("on_cgroup")) {
      try (BpfLink link = object.program("on_cgroup").attach()) {
        assertThat(link.where()).endsWith("at cgroup " + UnifiedCgroups.root());
        network.near("ping", "-c", "2", "-i", "0.05", "10.99.0.2");
      }
      assertThat(object.map("hits").sumPerCpu(4)).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void shouldAttachToACgroup() throws Exception {
    Path root =
        Stream.of("/sys/fs/cgroup", "/sys/fs/cgroup/unified")
            .map(Path::of)
            .filter(directory -> Files.exists(directory.resolve("cgroup.procs")))
            .filter(directory -> Files.exists(directory.resolve("cgroup.controllers")))
            .findFirst()
            .orElse(null);
    assumeTrue(root != null, "no cgroup of the unified hierarchy is mounted");
    Path cgroup = Files.createDirectory(root.resolve("bpfjava-" + ProcessHandle.current().pid()));
    try (TestNetwork network = new TestNetwork();
        BpfObject object = hooking("on_cgroup")) {
      try (BpfLink _ = object.program("on_cgroup").attachCgroup(cgroup)) {
        network.near(
            "sh", "-c", "echo $$ > " + cgroup + "/cgroup.procs; ping -c 2 -i 0.05 10.99.0.2");
      }
      assertThat(object.map("hits").sumPerCpu(4)).isGreaterThanOrEqualTo(2);
    } finally {
      Files.delete(cgroup);
    }
  }
}
