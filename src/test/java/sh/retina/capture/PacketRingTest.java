package sh.retina.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import sh.retina.bpf.Packet;

class PacketRingTest {
  private static final int HEADER = 16;

  private record Made(byte[] data, int length, int wireLength, long timeNs) implements Packet {
    static Made of(int number, int length) {
      byte[] data = new byte[length + 3];
      Arrays.fill(data, (byte) number);
      return new Made(data, length, length + number, number);
    }
  }

  private static void assertSame(PacketRing ring, Packet expected) {
    assertThat(ring.length()).isEqualTo(expected.length());
    assertThat(ring.wireLength()).isEqualTo(expected.wireLength());
    assertThat(ring.timeNs()).isEqualTo(expected.timeNs());
    assertThat(Arrays.copyOf(ring.data(), ring.length()))
        .isEqualTo(Arrays.copyOf(expected.data(), expected.length()));
  }

  @Test
  void shouldForgetTheOldestWhereThereIsNoRoom() {
    PacketRing ring = new PacketRing(2 * (HEADER + 10), 10);
    for (int i = 1; i <= 5; i++) {
      ring.add(Made.of(i, 10));
    }

    assertThat(ring.packets()).isEqualTo(2);
    assertThat(ring.displaced()).isEqualTo(3);
    assertThat(ring.oldestNs()).isEqualTo(4);
    assertThat(ring.take()).isTrue();
    assertSame(ring, Made.of(4, 10));
    assertThat(ring.take()).isTrue();
    assertSame(ring, Made.of(5, 10));
    assertThat(ring.take()).isFalse();
  }

  @Test
  void shouldHaveRoomForAPacketThatIsBiggerThanAskedFor() {
    PacketRing ring = new PacketRing(1, 100);
    ring.add(Made.of(1, 100));
    ring.add(Made.of(2, 100));

    assertThat(ring.packets()).isEqualTo(1);
    ring.take();
    assertSame(ring, Made.of(2, 100));
  }

  /** Against a plain queue, through many turns. */
  @Test
  void shouldGiveBackWhatItWasGivenInOrder() {
    Random random = new Random(1);
    PacketRing ring = new PacketRing(1_000, 200);
    Deque<Made> expected = new ArrayDeque<>();
    for (int i = 0; i < 20_000; i++) {
      Made next = Made.of(i, random.nextInt(201));
      while (ring.isFull(next) && random.nextBoolean()) {
        assertThat(ring.take()).isTrue();
        assertSame(ring, expected.remove());
      }
      ring.add(next);
      expected.add(next);
      while (expected.size() > ring.packets()) {
        expected.remove();
      }
    }
    while (ring.take()) {
      assertSame(ring, expected.remove());
    }
    assertThat(expected).isEmpty();
    assertThat(ring.displaced()).isPositive();
  }
}
