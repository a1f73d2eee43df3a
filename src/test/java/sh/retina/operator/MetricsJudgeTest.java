package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sh.retina.crd.MetricsConfiguration;
import sh.retina.crd.MetricsConfigurationSpec;
import sh.retina.crd.MetricsConfigurationSpec.ContextOption;
import sh.retina.crd.MetricsConfigurationStatus;
import sh.retina.crd.State;

class MetricsJudgeTest {
  private final MetricsJudge judge = at("2026-01-01T00:00:00Z");

  private static MetricsJudge at(String time) {
    return new MetricsJudge(Clock.fixed(Instant.parse(time), ZoneOffset.UTC));
  }

  private static MetricsConfiguration object(
      String name, String created, ContextOption... options) {
    MetricsConfiguration object = new MetricsConfiguration();
    object.getMetadata().setName(name);
    object.getMetadata().setCreationTimestamp(created);
    object.setSpec(
        new MetricsConfigurationSpec(
            List.of(options), new MetricsConfigurationSpec.Namespaces(List.of("demo"), null)));
    return object;
  }

  private static ContextOption option(String metric, String... labels) {
    return new ContextOption(metric, List.of(labels), null, null, null, null);
  }

  private static MetricsConfigurationStatus status(
      Map<MetricsConfiguration, MetricsConfigurationStatus> statuses, MetricsConfiguration object) {
    return Objects.requireNonNull(statuses.get(object));
  }

  @Test
  void shouldAcceptSeveralWhoseMetricsDiffer() {
    MetricsConfiguration one = object("one", "2025-01-01T00:00:00Z", option("drop_count", "ip"));
    MetricsConfiguration two = object("two", "2025-01-02T00:00:00Z", option("dns_latency", "IP"));

    assertThat(judge.statuses(List.of(one, two)).values())
        .allSatisfy(status -> {
          assertThat(status.state()).isEqualTo(State.ACCEPTED);
          assertThat(status.reason()).isEqualTo("applied");
          assertThat(status.lastKnownSpec()).isNotNull();
        });
  }

  @Test
  void shouldSayWhatIsCountedTogetherOrOnBothSides() {
    MetricsConfiguration one = object("one", "2025-01-01T00:00:00Z", option("drop_count", "ip"));
    MetricsConfiguration two =
        object(
            "two",
            "2025-01-02T00:00:00Z",
            new ContextOption("drop_bytes", List.of("ip"), List.of("zone"), null, null, null));

    var statuses = judge.statuses(List.of(one, two));

    assertThat(status(statuses, one).reason()).isEqualTo("applied");
    assertThat(status(statuses, two).reason())
        .isEqualTo(
            "applied; drop_bytes is counted together with drop_count of 'one': both have the labels"
                + " of either; drop_bytes: in the remote context both sides have the labels of"
                + " either");
  }

  @Test
  void shouldRefuseTheYoungerOfTwoWithTheSameMetric() {
    MetricsConfiguration old = object("z", "2025-01-01T00:00:00Z", option("drop_count"));
    MetricsConfiguration young =
        object("a", "2025-01-02T00:00:00Z", option("drop_bytes"), option("drop_count"));

    var statuses = judge.statuses(List.of(young, old));

    assertThat(status(statuses, old).state()).isEqualTo(State.ACCEPTED);
    assertThat(status(statuses, young).state()).isEqualTo(State.ERRORED);
    assertThat(status(statuses, young).reason())
        .isEqualTo("drop_count is configured by 'z' already: remove it from one of the two");
    assertThat(judge.statuses(List.of(young)).values())
        .allSatisfy(alone -> assertThat(alone.state()).isEqualTo(State.ACCEPTED));
  }

  @Test
  void shouldSayWhatHasNoEffect() {
    MetricsConfiguration object =
        object("one", "2025-01-01T00:00:00Z", option("tcp_state"), option("drop_count", "pod"));

    MetricsConfigurationStatus status = status(judge.statuses(List.of(object)), object);

    assertThat(status.state()).isEqualTo(State.ACCEPTED);
    assertThat(status.reason())
        .contains("tcp_state has no effect", "drop_count: sourceLabels knows no 'pod'");
  }

  @Test
  void shouldRefuseAMetricThatStandsTwice() {
    MetricsConfiguration object =
        object("one", "2025-01-01T00:00:00Z", option("drop_count"), option("drop_count", "ip"));

    assertThat(status(judge.statuses(List.of(object)), object).reason())
        .isEqualTo("drop_count stands twice in contextOptions: join both");
  }

  @Test
  void shouldKeepTheTimeOfAConditionThatStays() {
    MetricsConfiguration object = object("one", "2025-01-01T00:00:00Z", option("drop_count"));
    object.setStatus(status(judge.statuses(List.of(object)), object));

    MetricsConfigurationStatus later =
        status(at("2026-06-01T00:00:00Z").statuses(List.of(object)), object);

    assertThat(later).isEqualTo(object.getStatus());
  }
}
