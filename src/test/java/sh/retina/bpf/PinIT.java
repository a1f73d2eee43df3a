package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.Command;
import sh.retina.WholeMachine;

@RequiresRoot
@WholeMachine
class PinIT {
  @TempDir private Path bpffs;

  @BeforeEach
  void mount() {
    Command.run("mount", "-t", "bpf", "bpfjava", bpffs.toString());
  }

  @AfterEach
  void unmount() {
    Command.run("umount", bpffs.toString());
  }

  @Test
  void shouldOutliveTheObjectUntilItIsUnpinned() {
    Path pin = bpffs.resolve("squares");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(4, 8);
      MemorySegment value = arena.allocate(8, 8);
      key.set(JAVA_INT, 0, 3);
      value.set(JAVA_LONG, 0, 9);
      try (BpfSpec spec = BpfObject.open("emitting", TestObjects.elf("emitting"));
          BpfObject object = spec.load()) {
        object.map("squares").update(key, value);
        object.map("squares").pin(pin);
      }

      try (BpfMap pinned = BpfMap.openPinned(pin)) {
        value.set(JAVA_LONG, 0, 0);
        assertThat(pinned.lookup(key, value)).isTrue();
        assertThat(value.get(JAVA_LONG, 0)).isEqualTo(9);
        assertThat(pinned.info().name()).isEqualTo("squares");
      }
      assertThat(BpfMap.unpin(pin)).isTrue();
      assertThat(BpfMap.unpin(pin)).isFalse();
      assertThatThrownBy(() -> BpfMap.openPinned(pin)).hasMessageContaining("ENOENT");
    }
  }

  @Test
  void shouldSayThatADirectoryIsNotInABpffs(@TempDir Path elsewhere) {
    try (BpfSpec spec = BpfObject.open("emitting", TestObjects.elf("emitting"));
        BpfObject object = spec.load()) {
      assertThatThrownBy(() -> object.map("squares").pin(elsewhere.resolve("squares")))
          .isInstanceOf(BpfException.class)
          .hasMessageContaining("not in a bpffs");
    }
  }
}
