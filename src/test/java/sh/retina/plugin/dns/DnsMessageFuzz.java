package sh.retina.plugin.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class DnsMessageFuzz {
  private static final int CAPTURED = 512;

  static Stream<byte[]> messages() {
    return Stream.of(
        DnsBytes.query(1, "www.example.com", 28).toBytes(),
        new DnsBytes(1, DnsBytes.RESPONSE | 3, 1, 2, 0, 1)
            .question("www.example.com", 1)
            .record(5, 60, "03776562c010")
            .record(1, 60, "0a000001")
            .hex("00 0029 04d0 01000000 0000")
            .toBytes());
  }

  /** Nothing fails, and nothing depends on what lies around the message. */
  @MethodSource("messages")
  @FuzzTest
  void shouldReadNothingThatIsNotTheMessages(byte[] bytes) {
    if (bytes.length < DnsMessage.HEADER_LENGTH) {
      return; // the decoder refuses it
    }
    byte[] captured = Arrays.copyOf(bytes, Math.min(bytes.length, CAPTURED));
    try (Arena arena = Arena.ofConfined()) {
      assertThat(DnsMessageTest.everything(DnsBytes.read(arena, captured, 0x00)))
          .isEqualTo(DnsMessageTest.everything(DnsBytes.read(arena, captured, 0xc0)));
    }
  }
}
