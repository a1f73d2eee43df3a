package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import sh.retina.event.ObservationPoint;
import sh.retina.pipeline.Aggregate;
import sh.retina.pipeline.ContextLabel;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.Traffic;

class CardinalityReportTest {
  @Test
  void shouldSayWhatEachLabelCosts() {
    Aggregate aggregate = aggregate(1_000);
    for (int pod = 0; pod < 30; pod++) {
      for (ObservationPoint point :
          new ObservationPoint[] {ObservationPoint.FROM_ENDPOINT, ObservationPoint.TO_ENDPOINT}) {
        var one = Traffic.pod("ns" + pod % 3, "p" + pod, "10.0.0." + pod, Traffic.HERE);
        aggregate.accept(Traffic.forwarded(point, one, one, 1));
      }
    }

    CardinalityReport report = CardinalityReport.of(aggregate.pods());

    assertThat(report.series()).isEqualTo(120);
    CardinalityReport.Family forwarded = report.metrics().getFirst();
    assertThat(forwarded.metric()).isEqualTo("forwarded");
    assertThat(forwarded.series()).isEqualTo(120);
    Map<String, Integer> without =
        forwarded.labels().stream()
            .collect(
                Collectors.toMap(
                    CardinalityReport.Label::name, CardinalityReport.Label::seriesWithout));
    assertThat(without).isEqualTo(Map.of("podname", 12, "namespace", 120, "direction", 60));
    assertThat(forwarded.labels().getFirst().name()).isEqualTo("podname");
    assertThat(forwarded.labels().getFirst().values()).isEqualTo(30);
    assertThat(forwarded.labels().getLast().top())
        .containsExactly(
            new CardinalityReport.Value("ns0", 40),
            new CardinalityReport.Value("ns1", 40),
            new CardinalityReport.Value("ns2", 40));
  }

  @Test
  void shouldSayWhatTheOverflowTook() {
    Aggregate aggregate = aggregate(2);
    aggregate.accept(
        Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, Traffic.CLIENT, Traffic.SERVER, 1));
    aggregate.accept(
        Traffic.forwarded(ObservationPoint.FROM_ENDPOINT, Traffic.SERVER, Traffic.CLIENT, 1));

    CardinalityReport report = CardinalityReport.of(aggregate.pods());

    assertThat(report.series()).isEqualTo(report.maxSeries()).isEqualTo(2);
    assertThat(report.metrics().getFirst().overflowed()).isOne();
    assertThat(report.metrics().getFirst().series()).isEqualTo(4);
  }

  private static Aggregate aggregate(int maxSeries) {
    return new Aggregate(
        new PodLevel(
            true,
            PodLevel.Context.LOCAL,
            ContextLabel.parse("namespace+podname"),
            false,
            maxSeries,
            Duration.ZERO,
            Duration.ZERO),
        Traffic.HERE);
  }
}
