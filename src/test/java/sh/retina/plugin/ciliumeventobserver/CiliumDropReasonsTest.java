package sh.retina.plugin.ciliumeventobserver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sh.retina.flow.proto.DropReason;

class CiliumDropReasonsTest {
  @Test
  void shouldNameEachNumberAsTheHubbleApiDoes() {
    for (int number = 130; number < 256; number++) {
      DropReason reason = DropReason.forNumber(number);
      assertThat(CiliumDropReasons.name(number))
          .isEqualTo(reason == null ? Integer.toString(number) : reason.name());
    }
    assertThat(CiliumDropReasons.name(2)).isEqualTo("2");
    assertThat(CiliumDropReasons.name(-1)).isEqualTo("-1");
  }
}
