package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sh.retina.crd.Vocabulary;
import sh.retina.kubernetes.MetricWish;
import sh.retina.pipeline.ContextChoice;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.SeriesFamily;

class WishedMetricsTest {
  private static final PodLevel LOCAL = PodLevel.defaults(PodLevel.Context.LOCAL);
  private static final PodLevel REMOTE = PodLevel.defaults(PodLevel.Context.REMOTE);

  @Test
  void shouldLeaveAllAsItIsWithoutAWishOrPodLevel() {
    assertThat(WishedMetrics.over(LOCAL, List.of())).isSameAs(LOCAL);
    assertThat(WishedMetrics.over(PodLevel.off(), List.of(wish("drop_count"))))
        .isEqualTo(PodLevel.off());
  }

  @Test
  void shouldCountWhatIsAskedForAndNothingElse() {
    PodLevel level = WishedMetrics.over(LOCAL, List.of(wish("drop_bytes"), wish("tcp_state")));

    assertThat(enabled(level)).containsExactly(SeriesFamily.DROPPED);
    assertThat(level.labels(SeriesFamily.DROPPED)).isEqualTo(LOCAL.labels());
    assertThat(level.maxSeries(SeriesFamily.DROPPED)).isEqualTo(LOCAL.maxSeries());
  }

  @ParameterizedTest
  @EnumSource
  void shouldHaveAWordForEachFamily(SeriesFamily family) {
    assertThat(Vocabulary.WITH_SERIES)
        .anyMatch(word -> SeriesFamily.named(word).equals(java.util.Optional.of(family)));
  }

  @Test
  void shouldTakeLabelsOfTheSourceHereAndOfBothSidesInTheRemoteContext() {
    MetricWish wish =
        wish(
            "forward_count",
            List.of("IP", "PodName", "nonsense"),
            List.of("zone"),
            List.of("is_reply", "podlabel/app", "podlabel/not a key", "podlabel/app"));

    PodLevel local = WishedMetrics.over(LOCAL, List.of(wish));
    PodLevel remote = WishedMetrics.over(REMOTE, List.of(wish));

    assertThat(local.labels(SeriesFamily.FORWARDED))
        .isEqualTo(ContextChoice.parse("ip+podname+podlabel/app"));
    assertThat(remote.labels(SeriesFamily.FORWARDED))
        .isEqualTo(ContextChoice.parse("ip+podname+zone+podlabel/app"));
    assertThat(local.replyLabel()).isTrue();
    assertThat(WishedMetrics.over(LOCAL, List.of(wish("forward_count"))).replyLabel()).isFalse();
  }

  @Test
  void shouldTakeTheLabelsOfTheDestinationWhereTheSourceHasNone() {
    MetricWish wish = wish("drop_count", List.of(), List.of("zone"), List.of());

    assertThat(WishedMetrics.over(LOCAL, List.of(wish)).labels(SeriesFamily.DROPPED))
        .isEqualTo(ContextChoice.parse("zone"));
  }

  @Test
  void shouldHonourBothWishesForSeriesThatAreCountedTogether() {
    MetricWish packets =
        new MetricWish(
            "drop_count", List.of("ip"), List.of(), List.of(), Duration.ofMinutes(5), 100);
    MetricWish bytes =
        new MetricWish(
            "drop_bytes", List.of("zone"), List.of(), List.of(), Duration.ofMinutes(9), 20);

    PodLevel level = WishedMetrics.over(LOCAL, List.of(packets, bytes));

    assertThat(level.labels(SeriesFamily.DROPPED)).isEqualTo(ContextChoice.parse("ip+zone"));
    assertThat(level.maxSeries(SeriesFamily.DROPPED)).isEqualTo(100);
    assertThat(ttl(level)).isEqualTo(Duration.ofMinutes(9));
    assertThat(ttl(WishedMetrics.over(LOCAL, List.of(packets, wish("drop_bytes")))))
        .as("one of them never")
        .isZero();
  }

  private static Duration ttl(PodLevel level) {
    return level.metrics().stream()
        .filter(one -> one.families().equals(Set.of(SeriesFamily.DROPPED)))
        .map(PodLevel.MetricOptions::ttl)
        .findFirst()
        .orElseThrow();
  }

  private static EnumSet<SeriesFamily> enabled(PodLevel level) {
    EnumSet<SeriesFamily> found = EnumSet.noneOf(SeriesFamily.class);
    level.metrics().stream()
        .filter(PodLevel.MetricOptions::enabled)
        .forEach(one -> found.addAll(one.families()));
    assertThat(level.metrics()).hasSameSizeAs(Arrays.asList(SeriesFamily.values()));
    return found;
  }

  private static MetricWish wish(String metric) {
    return wish(metric, List.of(), List.of(), List.of());
  }

  private static MetricWish wish(
      String metric, List<String> source, List<String> destination, List<String> additional) {
    return new MetricWish(metric, source, destination, additional, Duration.ZERO, 0);
  }
}
