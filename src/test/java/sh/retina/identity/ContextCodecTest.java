package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ContextCodecTest {
  @Test
  void shouldSayWhatBytesAreNot() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ContextCodec.decode(new byte[] {(byte) 0x12, 0x7f, 1}))
        .withMessageContaining("not a context excerpt: 3 bytes");
  }

  @Test
  void shouldOnlyEverRefuseOrReadRandomBytes() {
    Random random = new Random(3);
    byte[] good =
        ContextCodec.encode(
            List.of(
                new ContextChange.InterfaceNamed(1, "eth0"), new ContextChange.EndpointGone("a/b")),
            false);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      try {
        assertThat(ContextCodec.decode(bytes)).isNotNull();
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }
}
