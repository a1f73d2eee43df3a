package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.scheduling.support.CronExpression;

class CaptureScheduleTest {
  private static Instant at(String time) {
    return Instant.parse(time);
  }

  @Test
  void shouldTellTheNextRunInUtc() {
    List<CronExpression> times = CaptureSchedule.times("*/30 8-18 * * MON-FRI");

    assertThat(CaptureSchedule.next(times, at("2026-01-02T18:30:00Z")))
        .isEqualTo("2026-01-05T08:00:00Z"); // from Friday to Monday
    assertThat(CaptureSchedule.next(CaptureSchedule.times("@hourly"), at("2026-01-02T18:30:00Z")))
        .isEqualTo("2026-01-02T19:00:00Z");
  }

  @Test
  void shouldTakeEitherDayWhereBothAreGiven() {
    List<CronExpression> times = CaptureSchedule.times("0 0 13 * 5");

    assertThat(CaptureSchedule.next(times, at("2026-01-10T00:00:00Z")))
        .isEqualTo("2026-01-13T00:00:00Z"); // a Tuesday
    assertThat(CaptureSchedule.next(times, at("2026-01-13T00:00:00Z")))
        .isEqualTo("2026-01-16T00:00:00Z"); // a Friday
  }

  @Test
  void shouldMakeTheLastOfTheRunsThatWereMissed() {
    List<CronExpression> times = CaptureSchedule.times("15 * * * *");

    assertThat(CaptureSchedule.due(times, at("2026-01-02T10:20:00Z"), at("2026-01-02T11:00:00Z")))
        .isNull();
    assertThat(CaptureSchedule.due(times, at("2026-01-02T10:20:00Z"), at("2026-01-02T14:00:00Z")))
        .isEqualTo("2026-01-02T13:15:00Z");
    assertThat(CaptureSchedule.due(times, at("2019-01-02T10:20:00Z"), at("2026-01-02T14:00:00Z")))
        .isEqualTo("2026-01-02T13:15:00Z");
    assertThat(
            CaptureSchedule.due(
                CaptureSchedule.times("@yearly"),
                at("2019-01-02T10:20:00Z"),
                at("2026-11-02T14:00:00Z")))
        .isEqualTo("2026-01-01T00:00:00Z");
  }

  @Test
  void shouldRefuseWhatIsNoSchedule() {
    assertThatIllegalArgumentException().isThrownBy(() -> CaptureSchedule.times("1 2 3"));
    assertThatIllegalArgumentException().isThrownBy(() -> CaptureSchedule.times("61 * * * *"));
  }
}
