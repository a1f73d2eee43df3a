package sh.retina.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8, 10.0.0.0, 8, true",
    "10.1.2.3, 10.1.2.3, 32, true",
    "0.0.0.0/0, 0.0.0.0, 0, true",
    "fd00:1:2:3:4::5/64, fd00:1:2:3::, 64, false",
    "fd00::1, fd00::1, 128, false",
    "::/0, ::, 0, false",
    "2001:db8::ffff/113, 2001:db8::8000, 113, false",
  })
  void shouldKeepTheBitsOfThePrefix(String text, String address, int length, boolean isV4) {
    IpPrefix prefix = IpPrefix.parse(text);

    assertThat(prefix.address()).isEqualTo(IpAddress.parse(address));
    assertThat(prefix.length()).isEqualTo(length);
    assertThat(prefix.isV4()).isEqualTo(isV4);
  }

  @Test
  void shouldMaskTheWholeMappedPartOfAnIpv4Address() {
    IpPrefix prefix = IpPrefix.parse("192.0.2.0/24");

    assertThat(prefix.highMask()).isEqualTo(-1L);
    assertThat(prefix.lowMask()).isEqualTo(0xffff_ffff_ffff_ff00L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "80", "10.0.0/8", "10.0.0.0/33", "fd00::/129", "::1/", "::1/x", "a.b"})
  void shouldRefuseWhatIsNoBlockOfAddresses(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
  }
}
