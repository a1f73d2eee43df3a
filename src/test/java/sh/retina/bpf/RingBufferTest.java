package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RingBufferTest {
  private static final long ALL = Long.MAX_VALUE;

  private final SyntheticRing synthetic = new SyntheticRing(128);
  private final RingBuffer ring = synthetic.ring;
  private final RingRecords records = new RingRecords();
  private final List<String> seen = new ArrayList<>();
  private int spans;

  @AfterEach
  void free() {
    synthetic.close();
  }

  /** Notes each record as its length and first byte, as in {@code "16:7"}. */
  private void collect(long address, long byteCount, int count) {
    spans++;
    records.over(address, byteCount);
    int before = seen.size();
    while (records.next()) {
      seen.add(records.length() + ":" + NativeMemory.byteAt(records.address()));
    }
    assertThat(seen.size() - before).isEqualTo(count);
    assertThat(records.brokenBytes()).isZero();
  }

  @Test
  void shouldHandOverAllCommittedRecordsInOneSpan() {
    synthetic.submit(16, 1);
    synthetic.submit(3, 2);
    synthetic.submit(8, 3);

    assertThat(ring.drain(this::collect, ALL)).isEqualTo(3);

    assertThat(seen).containsExactly("16:1", "3:2", "8:3");
    assertThat(spans).isEqualTo(1);
    assertThat(synthetic.consumed()).isEqualTo(24 + 16 + 16);
    assertThat(ring.availableBytes()).isZero();
  }

  @Test
  void shouldEndASpanWhereTheSecondImageEnds() {
    try (SyntheticRing large = new SyntheticRing(1 << 20)) {
      int length = 1024 - RingRecord.HEADER_LENGTH;
      for (int i = 0; i < 1000; i++) {
        large.submit(length, 1);
      }
      assertThat(large.ring.drain(this::collect, ALL)).isEqualTo(1000);
      for (int i = 0; i < 900; i++) {
        large.submit(length, 2);
      }

      // 24 records up to the end of the data, and 256 KiB of them behind it.
      assertThat(large.ring.drain(this::collect, ALL)).isEqualTo(24 + 256);
      assertThat(large.ring.drain(this::collect, ALL)).isEqualTo(900 - 24 - 256);
    }
  }

  @Test
  void shouldNotCallTheHandlerWhenNothingIsThere() {
    assertThat(ring.drain(this::collect, ALL)).isZero();

    assertThat(spans).isZero();
  }

  @Test
  void shouldStopAtARecordThatIsNotCommitted() {
    synthetic.submit(8, 1);
    long busy = synthetic.reserve(8, 2);
    synthetic.submit(8, 3);

    assertThat(ring.drain(this::collect, ALL)).isEqualTo(1);
    assertThat(ring.drain(this::collect, ALL)).isZero();
    synthetic.commit(busy, 8);
    assertThat(ring.drain(this::collect, ALL)).isEqualTo(2);

    assertThat(seen).containsExactly("8:1", "8:2", "8:3");
  }

  @Test
  void shouldPassOverDiscardedRecordsAndCountThem() {
    synthetic.submit(8, 1);
    synthetic.discard(synthetic.reserve(24, 2), 24);
    synthetic.submit(8, 3);

    assertThat(ring.drain(this::collect, ALL)).isEqualTo(2);

    assertThat(seen).containsExactly("8:1", "8:3");
    assertThat(ring.discardedRecords()).isEqualTo(1);
  }

  @Test
  void shouldFreeTheSpaceOfDiscardedRecordsWithoutCallingTheHandler() {
    synthetic.discard(synthetic.reserve(8, 1), 8);

    assertThat(ring.drain(this::collect, ALL)).isZero();

    assertThat(spans).isZero();
    assertThat(synthetic.consumed()).isEqualTo(16);
    assertThat(ring.discardedRecords()).isEqualTo(1);
  }

  @Test
  void shouldHandOverOneSpanWhereTheRingWraps() {
    for (int lap = 0; lap < 40; lap++) {
      int fill = lap;
      synthetic.submit(40, fill);
      synthetic.submit(40, fill + 1);
      seen.clear();

      assertThat(ring.drain(this::collect, ALL)).isEqualTo(2);

      assertThat(seen).containsExactly("40:" + fill, "40:" + (fill + 1));
      assertThat(spans).isEqualTo(lap + 1);
    }
  }

  @Test
  void shouldReadARingThatIsFullToTheLastByte() {
    synthetic.submit(24, 0);
    ring.drain((_, _, _) -> {}, ALL);
    for (int i = 0; i < 4; i++) {
      synthetic.submit(24, i);
    }

    assertThat(ring.availableBytes()).isEqualTo(ring.sizeBytes());
    assertThat(ring.drain(this::collect, ALL)).isEqualTo(4);

    assertThat(seen).containsExactly("24:0", "24:1", "24:2", "24:3");
  }

  @Test
  void shouldBoundTheSpan() {
    for (int i = 0; i < 5; i++) {
      synthetic.submit(8, i);
    }

    assertThat(ring.drain(this::collect, 40)).isEqualTo(2);
    assertThat(ring.drain(this::collect, 1)).isEqualTo(1);
    assertThat(ring.drain(this::collect, 32)).isEqualTo(2);

    assertThat(seen).containsExactly("8:0", "8:1", "8:2", "8:3", "8:4");
  }

  @Test
  void shouldKeepTheRecordsWhenTheHandlerFails() {
    synthetic.submit(8, 1);
    SpanHandler failing =
        (_, _, _) -> {
          throw new IllegalStateException("disk full");
        };

    assertThatThrownBy(() -> ring.drain(failing, ALL)).hasMessage("disk full");
    assertThat(synthetic.consumed()).isZero();

    assertThat(ring.drain(this::collect, ALL)).isEqualTo(1);
  }

  @Test
  void shouldRefuseARecordThatIsLongerThanWhatWasProduced() {
    long position = synthetic.reserve(8, 1);
    synthetic.putHeader(position, 4096);

    assertThatThrownBy(() -> ring.drain(this::collect, ALL))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("damaged ring: a record of 4104 bytes, 16 available");
  }

  @Test
  void shouldRefuseUseAfterClose() {
    ring.close();
    ring.close();

    assertThat(synthetic.isUnmapped()).isTrue();
    assertThatThrownBy(() -> ring.drain(this::collect, ALL))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("ring buffer is closed");
    assertThatThrownBy(ring::availableBytes).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void shouldNotLetAHandlerPullTheRingFromUnderItself() {
    synthetic.submit(8, 1);

    assertThatThrownBy(() -> ring.drain((_, _, _) -> ring.close(), ALL))
        .hasMessage("a ring buffer cannot be closed by its own handler");
    assertThatThrownBy(() -> ring.drain((_, _, _) -> ring.drain(this::collect, ALL), ALL))
        .hasMessage("a ring buffer cannot be drained by its own handler");

    assertThat(ring.drain(this::collect, ALL)).isEqualTo(1);
  }

  @Test
  void shouldRefuseASizeThatCannotWrap() {
    assertThatThrownBy(() -> new RingBuffer(0, 0, 0, 100, () -> {}))
        .hasMessage("ring size must be a power of two: size=100");
  }
}
