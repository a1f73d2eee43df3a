package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sh.retina.event.ObservationPoint.FROM_ENDPOINT;
import static sh.retina.pipeline.Traffic.CLIENT;
import static sh.retina.pipeline.Traffic.HERE;
import static sh.retina.pipeline.Traffic.SERVER;
import static sh.retina.pipeline.Traffic.dropped;
import static sh.retina.pipeline.Traffic.forwarded;
import static sh.retina.pipeline.Traffic.pod;
import static sh.retina.pipeline.Traffic.series;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sh.retina.event.Direction;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/** Labels and bounds metric by metric, and what becomes of series when they change. */
class PodSeriesChangeTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Endpoint LABELLED =
      new Endpoint(
          Endpoint.Kind.POD,
          "shop",
          "web",
          "Deployment",
          "web",
          HERE,
          "",
          List.of("app.kubernetes.io/name=web", "app=other"),
          List.of(IpAddress.parse("10.0.0.9")),
          List.of());

  private static PodLevel level(String labels, PodLevel.MetricOptions... metrics) {
    return new PodLevel(
        true,
        PodLevel.Context.LOCAL,
        ContextChoice.parse(labels),
        false,
        1_000,
        Duration.ZERO,
        Duration.ZERO,
        PodLevel.DnsLabels.NONE,
        List.of(metrics));
  }

  private static PodLevel.MetricOptions of(SeriesFamily family, String labels, int maxSeries) {
    return new PodLevel.MetricOptions(
        Set.of(family), true, ContextChoice.parse(labels), maxSeries, null);
  }

  private static void change(Aggregate aggregate, PodLevel options) {
    aggregate.pods().change(options);
    aggregate.adopt();
  }

  private static void traffic(Aggregate aggregate) {
    aggregate.accept(forwarded(FROM_ENDPOINT, CLIENT, SERVER, 1));
    aggregate.accept(dropped("R", Direction.EGRESS, CLIENT, SERVER, 2));
  }

  @Test
  void shouldLabelEachMetricAsChosen() {
    Aggregate aggregate =
        new Aggregate(level("podname", of(SeriesFamily.DROPPED, "namespace", 0)), HERE);

    traffic(aggregate);

    assertThat(series(aggregate, SeriesFamily.FORWARDED))
        .isEqualTo(Map.of("direction=egress podname=client", List.of(1L, 100L)));
    assertThat(series(aggregate, SeriesFamily.DROPPED))
        .isEqualTo(Map.of("reason=R direction=egress namespace=shop", List.of(2L, 200L)));
  }

  @Test
  void shouldShowLabelsOfThePodUnderTheNamesOfKubeStateMetrics() {
    Aggregate aggregate =
        new Aggregate(level("podlabel/app.kubernetes.io/name+podname+podlabel/tier"), HERE);

    aggregate.accept(forwarded(FROM_ENDPOINT, LABELLED, SERVER, 1));

    assertThat(series(aggregate, SeriesFamily.FORWARDED).keySet())
        .containsExactly(
            "direction=egress podname=web label_app_kubernetes_io_name=web label_tier=unknown");
  }

  @ParameterizedTest
  @ValueSource(strings = {"podlabel/", "podlabel/-a", "podlabel/a b", "podlabel/a.b+podlabel/a-b"})
  void shouldRefuseWhatIsNoKeyOrTwiceTheSameLabel(String text) {
    assertThatThrownBy(() -> ContextChoice.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldGoOnWithSeriesWhoseLabelsStayAndEndTheOthers() {
    Aggregate aggregate = new Aggregate(level("podname"), HERE);
    traffic(aggregate);

    change(aggregate, level("podname", of(SeriesFamily.DROPPED, "namespace", 0)));
    traffic(aggregate);

    assertThat(series(aggregate, SeriesFamily.FORWARDED).values())
        .containsExactly(List.of(2L, 200L));
    assertThat(series(aggregate, SeriesFamily.DROPPED))
        .isEqualTo(Map.of("reason=R direction=egress namespace=shop", List.of(2L, 200L)));
    assertThat(aggregate.pods().budgetUsed()).isEqualTo(4);
  }

  @Test
  void shouldTurnPodsOnAndOffAndGiveTheBudgetBack() {
    Aggregate aggregate = new Aggregate(PodLevel.off(), HERE);
    traffic(aggregate);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).isEmpty();

    change(aggregate, level("podname"));
    traffic(aggregate);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).hasSize(1);

    change(aggregate, PodLevel.off());
    traffic(aggregate);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).isEmpty();
    assertThat(aggregate.pods().budgetUsed()).isZero();
  }

  @Test
  void shouldRemoveByTheTtlOfNowAndOfTheMetric() {
    Aggregate aggregate = new Aggregate(withTtl(Duration.ofSeconds(60), null), HERE);
    traffic(aggregate);
    aggregate.expire(SECOND); // sees what was updated
    aggregate.expire(20 * SECOND);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).hasSize(1);

    change(aggregate, withTtl(Duration.ofSeconds(10), Duration.ofSeconds(30)));
    aggregate.expire(20 * SECOND);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).as("10 s").isEmpty();
    assertThat(series(aggregate, SeriesFamily.DROPPED)).as("30 s").hasSize(1);

    aggregate.expire(31 * SECOND);
    assertThat(series(aggregate, SeriesFamily.DROPPED)).isEmpty();
    assertThat(aggregate.pods().budgetUsed()).isZero();
  }

  private static PodLevel withTtl(Duration ttl, @Nullable Duration ofDrops) {
    return new PodLevel(
        true,
        PodLevel.Context.LOCAL,
        ContextChoice.parse("podname"),
        false,
        1_000,
        ttl,
        Duration.ZERO,
        PodLevel.DnsLabels.NONE,
        List.of(new PodLevel.MetricOptions(Set.of(SeriesFamily.DROPPED), true, null, 0, ofDrops)));
  }

  @Test
  void shouldLeaveOutAMetricThatIsOff() {
    Aggregate aggregate =
        new Aggregate(
            level(
                "podname",
                new PodLevel.MetricOptions(Set.of(SeriesFamily.FORWARDED), false, null, 0, null)),
            HERE);

    traffic(aggregate);

    assertThat(series(aggregate, SeriesFamily.FORWARDED)).isEmpty();
    assertThat(series(aggregate, SeriesFamily.DROPPED)).hasSize(1);
  }

  /** Of one metric the bound is its own, and no other metric pays for it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 40, 10_000})
  void shouldKeepSumsExactWithABoundOfOneMetricUnderChurnAndChanges(int bound) {
    PodLevel one = level("podname", of(SeriesFamily.DROPPED, "namespace+podname", bound));
    PodLevel other = level("podname+node", of(SeriesFamily.DROPPED, "namespace+podname", bound));
    Aggregate aggregate = new Aggregate(one, HERE);
    Random random = new Random(bound);
    long drops = 0;

    for (int i = 0; i < 3_000; i++) {
      Endpoint pod = pod("ns", "p" + (i / 40 + random.nextInt(20)), "10.1.0.1", HERE);
      aggregate.accept(dropped("R" + random.nextInt(3), Direction.EGRESS, pod, SERVER, 3));
      aggregate.accept(forwarded(FROM_ENDPOINT, pod, SERVER, 1));
      drops += 3;
      if (i % 500 == 499) {
        change(aggregate, i % 1_000 == 999 ? one : other);
        aggregate.expire(i + 2);
      }
    }

    Map<String, List<Long>> dropped = series(aggregate, SeriesFamily.DROPPED);
    assertThat(dropped.values().stream().mapToLong(List::getFirst).sum()).isEqualTo(drops);
    assertThat(2 * dropped.keySet().stream().filter(labels -> !labels.contains("overflow")).count())
        .isLessThanOrEqualTo(bound);
    assertThat(series(aggregate, SeriesFamily.FORWARDED).keySet())
        .noneMatch(labels -> labels.contains("overflow"));
  }

  @Test
  void shouldKeepSeriesOfAPodThatChangedInWhatNoLabelShows() {
    Aggregate aggregate = new Aggregate(level("podname"), HERE);
    traffic(aggregate);

    aggregate.gone(CLIENT, pod("shop", "client", "10.0.0.77", HERE), 10);
    aggregate.expire(1_000);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).hasSize(1);

    aggregate.gone(CLIENT, Endpoint.UNKNOWN, 2_000);
    aggregate.expire(3_000);
    assertThat(series(aggregate, SeriesFamily.FORWARDED)).isEmpty();
  }
}
