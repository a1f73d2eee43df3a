package sh.retina.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "255.255.255.255, 255.255.255.255",
    "::1, ::1",
    "::, ::",
    "fd00:77::10, fd00:77::10",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "fe80::, fe80::",
    "::ffff:192.0.2.1, 192.0.2.1"
  })
  void shouldWriteAddressesAsRfc5952Wants(String text, String expected) {
    assertThat(IpAddress.parse(text)).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "10.0.0", "10.0.0.256", "1::2::3", "10.0.0.1/8"})
  void shouldNameTheTextThatIsNoAddress(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpAddress.parse(text))
        .withMessageContaining("'" + text + "'");
  }

  @Test
  void shouldReadBackWhatItWrites() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      // Sparse bits, so that runs of zero groups of every length come up.
      IpAddress address =
          new IpAddress(
              random.nextBoolean() ? random.nextLong() & 0xffff_0000_0000_ffffL : 0,
              random.nextLong() & 0xffff0000ffffL);

      assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
      assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
    }
  }
}
