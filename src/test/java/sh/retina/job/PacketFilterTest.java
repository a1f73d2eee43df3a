package sh.retina.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.crd.CaptureSpec;

class PacketFilterTest {
  private static CaptureSpec.Configuration configuration(String yaml) {
    return Serialization.unmarshal("captureTarget: {}\n" + yaml, CaptureSpec.Configuration.class);
  }

  private static String included(String entry) throws CaptureRefused {
    return PacketFilter.of(configuration("filters: {include: ['" + entry + "']}"), List.of());
  }

  @Test
  void shouldBeEmptyWhenNothingIsAskedFor() throws CaptureRefused {
    assertThat(PacketFilter.of(configuration("captureOption: {duration: 1s}"), List.of()))
        .isEmpty();
  }

  @Test
  void shouldHoldAllGroupsAndAnyOfEach() throws CaptureRefused {
    String filter =
        PacketFilter.of(
            configuration(
                """
                captureOption: {pcapFilter: tcp or udp, sourceIPs: [10.0.0.1, 'fd00::1']}
                filters: {include: ['*:53', '10.0.0.2:80'], exclude: [22, 10.0.0.3]}
                """),
            List.of("10.1.0.1", "fd00:1::1"));

    assertThat(filter)
        .isEqualTo(
            "(host 10.1.0.1 or host fd00:1::1) and (tcp or udp) and (src host 10.0.0.1 or src host"
                + " fd00::1) and ((port 53) or (host 10.0.0.2 and port 80)) and not ((port 22) or"
                + " (host 10.0.0.3))");
  }

  @ParameterizedTest
  @CsvSource({
    "80, port 80",
    "10.0.0.1, host 10.0.0.1",
    "10.0.0.1:*, host 10.0.0.1",
    "fd00::1, host fd00::1",
    "[fd00::1]:443, host fd00::1 and port 443",
    "[fd00::1], host fd00::1"
  })
  void shouldReadAnEntry(String entry, String filter) throws CaptureRefused {
    assertThat(included(entry)).isEqualTo("((" + filter + "))");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"*", "*:*", "70000", "10.0.0.1:70000", "web:80", "10.0.0:80", "fd00::1%eth0", ""})
  void shouldRefuseWhatIsNone(String entry) {
    assertThatExceptionOfType(CaptureRefused.class)
        .isThrownBy(() -> included(entry))
        .withMessageContaining("'" + entry + "'")
        .withMessageContaining("*:80");
  }
}
