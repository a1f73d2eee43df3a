package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowCursorTest {
  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:01.000000002Z, 1000000002",
    "1969-12-31T23:59:59Z, -1000000000",
    "1200-01-01T00:00:00Z, -9223372036854775808",
    "9999-12-31T23:59:59Z, 9223372036854775807",
  })
  void shouldTakeWhatIsTooFarAwayForTheEndOfTime(Instant moment, long ns) {
    assertThat(FlowCursor.nanos(moment)).isEqualTo(ns);
  }
}
