package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sh.retina.event.StatSample;
import sh.retina.plugin.TestMetric;

/** What plugins read, as a scrape shows it. */
class StatMetersTest {
  private final List<StatSample> samples = new ArrayList<>();

  private String scrape(Naming naming, String format) {
    ScrapeRegistry registry = new ScrapeRegistry(naming);
    registry.register(new StatMeters(() -> samples, naming));
    String text =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, registry, Clock.SYSTEM)
            .scrape(format);
    assertThat(registry.failures()).isZero();
    return text;
  }

  private String text(Naming naming) {
    return scrape(naming, Scrape.TEXT.toString());
  }

  private void twoOfEach() {
    samples.add(new StatSample(TestMetric.SEEN, List.of("b"), 2));
    samples.add(new StatSample(TestMetric.OPEN, List.of("a"), 3));
    samples.add(new StatSample(TestMetric.SEEN, List.of("a"), 1.8446744073709552E19));
    samples.add(new StatSample(TestMetric.OURS, List.of("a"), 4));
  }

  @Test
  void shouldShowOurNames() {
    twoOfEach();

    assertThat(text(Naming.RETINA))
        .isEqualTo(
            """
            # HELP retina_test_open Of a test
            # TYPE retina_test_open gauge
            retina_test_open{name="a"} 3.0
            # HELP retina_test_ours_total Of a test
            # TYPE retina_test_ours_total counter
            retina_test_ours_total{name="a"} 4.0
            # HELP retina_test_seen_total Of a test
            # TYPE retina_test_seen_total counter
            retina_test_seen_total{name="a"} 1.8446744073709552E19
            retina_test_seen_total{name="b"} 2.0
            """);
  }

  @Test
  void shouldShowTheNamesOfRetinasDashboardsWithoutTypeForCounters() {
    twoOfEach();

    assertThat(text(Naming.NETWORKOBSERVABILITY))
        .isEqualTo(
            """
            # HELP networkobservability_test_open Of a test
            # TYPE networkobservability_test_open gauge
            networkobservability_test_open{name="a"} 3.0
            # HELP networkobservability_test_seen Of a test
            # TYPE networkobservability_test_seen untyped
            networkobservability_test_seen{name="a"} 1.8446744073709552E19
            networkobservability_test_seen{name="b"} 2.0
            # HELP retina_test_ours_total Of a test
            # TYPE retina_test_ours_total counter
            retina_test_ours_total{name="a"} 4.0
            """);
  }

  @Test
  void shouldShowBothNamesWhenAsked() {
    twoOfEach();

    List<String> both = text(Naming.BOTH).lines().toList();

    assertThat(both)
        .containsAll(text(Naming.RETINA).lines().toList())
        .containsAll(text(Naming.NETWORKOBSERVABILITY).lines().toList())
        .doesNotHaveDuplicates();
  }

  @Test
  void shouldWriteOpenMetricsByItsOwnRules() {
    twoOfEach();

    assertThat(scrape(Naming.BOTH, Scrape.OPENMETRICS.toString()))
        .contains(
            """
            # TYPE retina_test_seen counter
            # HELP retina_test_seen Of a test
            retina_test_seen_total{name="a"} 1.8446744073709552E19
            """,
            "# TYPE networkobservability_test_seen unknown\n",
            "networkobservability_test_seen{name=\"b\"} 2.0\n",
            "# TYPE networkobservability_test_open gauge\n")
        .endsWith("# EOF\n");
  }

  @Test
  void shouldShowNothingOfWhatIsNotRead() {
    assertThat(text(Naming.BOTH)).isEmpty();
    twoOfEach();
    assertThat(text(Naming.RETINA)).isNotEmpty();
    samples.clear();
    assertThat(text(Naming.BOTH)).isEmpty();
  }

  @Test
  void shouldTakeTheLastOfTwoPluginsThatSayTheSame() {
    samples.add(new StatSample(TestMetric.SEEN, List.of("a"), 1));
    samples.add(new StatSample(TestMetric.SEEN, List.of("a"), 2));

    assertThat(text(Naming.RETINA)).contains("retina_test_seen_total{name=\"a\"} 2.0\n");
  }

  @Test
  void shouldEscapeLabelValuesOfOthers() {
    samples.add(new StatSample(TestMetric.SEEN, List.of("a\"b\\c\nd"), 1));

    assertThat(text(Naming.RETINA)).contains("{name=\"a\\\"b\\\\c\\nd\"} 1.0\n");
  }
}
