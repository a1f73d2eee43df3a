package sh.retina.plugin.dropreason;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** The names of reasons that a journal brings along. */
class DropReasonsFuzz {
  static Stream<byte[]> attributes() {
    return Stream.of("2 NOT_SPECIFIED\n-5 X\n65536 OVS\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("attributes")
  @FuzzTest
  void shouldReadWhatItWroteAgain(byte[] attribute) {
    byte[] written = DropReasons.parse(attribute).toBytes();

    assertThat(DropReasons.parse(written).toBytes()).isEqualTo(written);
    DropReasons.parse(attribute).name(2);
  }
}
