package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RingRecordsTest {
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment span = arena.allocate(64, 8);
  private final RingRecords records = new RingRecords();

  @AfterEach
  void free() {
    arena.close();
  }

  private void header(long offset, int header) {
    span.set(ValueLayout.JAVA_INT_UNALIGNED, offset, header);
  }

  @Test
  void shouldWalkACopyThatStartsAtAnyByte() {
    header(3, 5);
    header(3 + 16, 8 | RingRecord.DISCARDED);
    header(3 + 32, 12);

    records.over(span.address() + 3, 56);

    assertThat(records.next()).isTrue();
    assertThat(records.length()).isEqualTo(5);
    assertThat(records.address()).isEqualTo(span.address() + 3 + 8);
    assertThat(records.next()).isTrue();
    assertThat(records.length()).isEqualTo(12);
    assertThat(records.next()).isFalse();
    assertThat(records.discarded()).isEqualTo(1);
    assertThat(records.brokenBytes()).isZero();
  }

  @Test
  void shouldCountWhatIsNoRecord() {
    header(0, 8);
    header(16, 1000);

    records.over(span.address(), 64);

    assertThat(records.next()).isTrue();
    assertThat(records.next()).isFalse();
    assertThat(records.brokenBytes()).isEqualTo(48);
    assertThat(records.next()).isFalse();
  }

  @Test
  void shouldEndAtAHeaderThatIsCutOff() {
    header(0, 8);

    records.over(span.address(), 20);

    assertThat(records.next()).isTrue();
    assertThat(records.next()).isFalse();
    assertThat(records.brokenBytes()).isEqualTo(4);
  }

  @Test
  void shouldEndAtARecordThatWasNeverCommitted() {
    header(0, 8 | RingRecord.BUSY);

    assertThat(records.over(span.address(), 64).next()).isFalse();
    assertThat(records.brokenBytes()).isEqualTo(64);
  }

  @Test
  void shouldNeverLeaveTheSpanWhateverItsBytes() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      byte[] noise = new byte[64];
      random.nextBytes(noise);
      for (int i = 0; i < 64; i += 8) {
        noise[i + 1] = (byte) (random.nextBoolean() ? 0 : noise[i + 1] & 1);
        noise[i + 2] = 0;
        noise[i + 3] = (byte) (noise[i + 3] & 0x40);
      }
      MemorySegment.copy(noise, 0, span, ValueLayout.JAVA_BYTE, 0, 64);
      long length = random.nextInt(65);
      records.over(span.address(), length);

      long walked = 0;
      while (records.next()) {
        long end = records.address() + records.length();
        assertThat(records.address()).isGreaterThanOrEqualTo(span.address() + 8);
        assertThat(end).isLessThanOrEqualTo(span.address() + length);
        walked++;
      }

      assertThat(walked + records.discarded()).isLessThanOrEqualTo(length / 8);
      assertThat(records.brokenBytes()).isBetween(0L, length);
    }
  }
}
