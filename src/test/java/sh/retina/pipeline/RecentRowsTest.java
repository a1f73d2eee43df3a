package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentRowsTest {
  private final RecentRows rows = new RecentRows(true);

  @Test
  void shouldKeepTheRowsOfEachNumberFamilyAndLabelApart() {
    rows.focus(3);
    rows.remember(SeriesFamily.FORWARDED, 2, 40);
    rows.remember(SeriesFamily.TCP_FLAGS, 9, 41);
    rows.remember(SeriesFamily.TCP_RTT, 0, 42);

    assertThat(rows.row(SeriesFamily.FORWARDED, 2)).isEqualTo(40);
    assertThat(rows.row(SeriesFamily.FORWARDED, 1)).isNegative();
    assertThat(rows.row(SeriesFamily.TCP_FLAGS, 9)).isEqualTo(41);
    assertThat(rows.row(SeriesFamily.TCP_FLAGS, 0)).isNegative();
    assertThat(rows.row(SeriesFamily.TCP_CONNECT, 0)).isNegative();
    assertThat(rows.row(SeriesFamily.TCP_RTT, 0)).isEqualTo(42);
    rows.focus(1_000);
    assertThat(rows.row(SeriesFamily.FORWARDED, 2)).isNegative();
    rows.focus(3);
    assertThat(rows.row(SeriesFamily.FORWARDED, 2)).isEqualTo(40);
  }

  @Test
  void shouldNotRememberDropsOfWhichThereAreAsManyAsReasons() {
    rows.focus(0);
    rows.remember(SeriesFamily.DROPPED, 0, 1);

    assertThat(rows.row(SeriesFamily.DROPPED, 0)).isNegative();
    assertThat(rows.row(SeriesFamily.TCP_FLAGS, 0)).isNegative();
  }

  @Test
  void shouldForgetAll() {
    rows.focus(3);
    rows.remember(SeriesFamily.FORWARDED, 2, 40);
    rows.forget();

    assertThat(rows.row(SeriesFamily.FORWARDED, 2)).isNegative();
  }

  @Test
  void shouldKnowNothingWhereAKeyIsMoreThanItsNumber() {
    RecentRows off = new RecentRows(false);
    off.focus(3);
    off.remember(SeriesFamily.FORWARDED, 2, 40);

    assertThat(off.row(SeriesFamily.FORWARDED, 2)).isNegative();
  }
}
