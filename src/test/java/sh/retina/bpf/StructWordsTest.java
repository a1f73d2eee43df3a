package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StructWordsTest {
  private static final int SIZE = 64;

  @Test
  void shouldReadFromACopyWhatTheMemoryHolds() {
    Random random = new Random(7);
    StructWords copy = new StructWords(SIZE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SIZE + 1, 8);
      for (long i = 0; i <= SIZE; i++) {
        memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
      }
      for (long at = memory.address(); at <= memory.address() + 1; at++) {
        copy.load(at);
        for (long offset = 0; offset < SIZE; offset++) {
          assertSame(copy, at, offset);
        }
      }
    }
  }

  private static void assertSame(StructWords copy, long at, long offset) {
    var one = new BpfField.U8(offset);
    assertThat(one.get(copy)).isEqualTo(one.get(at));
    if (offset % 2 == 0) {
      var two = new BpfField.U16(offset);
      assertThat(two.get(copy)).isEqualTo(two.get(at));
    }
    if (offset % 4 == 0) {
      var four = new BpfField.U32(offset);
      assertThat(four.bits(copy)).isEqualTo(four.bits(at));
      var array = new BpfField.U32Array(offset, 1);
      assertThat(array.get(copy, 0)).isEqualTo(array.get(at, 0));
    }
    if (offset % 8 == 0) {
      var eight = new BpfField.U64(offset);
      assertThat(eight.get(copy)).isEqualTo(eight.get(at));
    }
    if (offset % 8 == 0 && offset + 16 <= SIZE) {
      var bytes = new BpfField.Bytes(offset, 16);
      assertThat(bytes.isWords()).isTrue();
      assertThat(bytes.high(copy)).isEqualTo(bytes.high(at));
      assertThat(bytes.low(copy)).isEqualTo(bytes.low(at));
    }
  }

  @Test
  void shouldRefuseAStructThatIsNoWholeWords() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StructWords(60))
        .withMessageContaining("size=60");
  }
}
