package sh.retina.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.json.JsonMapper;

class MetricsDraftTest {
  private static final String SPEC =
      """
      {"contextOptions": [
         {"metricName": "forward_count", "sourceLabels": ["ip"], "destinationLabels": ["zone"],
          "additionalLabels": ["is_reply"], "ttl": "1m30s", "maxSeries": 7},
         {"metricName": "drop_count"}],
       "namespaces": {"include": ["shop"]}}
      """;
  private static final String CHANGED =
      """
      {"contextOptions": [{"metricName": "no_such"}], "namespaces": {"exclude": ["shop"]}}
      """;

  @Test
  void shouldKeepWhatIsAskedFor() {
    ClusterObject.Metrics read = read("\"spec\": %s, \"status\": {\"state\": \"Accepted\"}", SPEC);

    assertThat(read)
        .isEqualTo(
            new ClusterObject.Metrics(
                "one",
                true,
                List.of("shop"),
                List.of(),
                List.of(
                    new MetricWish(
                        "forward_count",
                        List.of("ip"),
                        List.of("zone"),
                        List.of("is_reply"),
                        Duration.ofSeconds(90),
                        7),
                    new MetricWish(
                        "drop_count", List.of(), List.of(), List.of(), Duration.ZERO, 0))));
  }

  @Test
  void shouldHoldToWhatWasAcceptedLast() {
    ClusterObject.Metrics read =
        read(
            "\"spec\": %s, \"status\": {\"state\": \"Errored\", \"lastKnownSpec\": %s}",
            CHANGED, SPEC);

    assertThat(read.isAccepted()).isTrue();
    assertThat(read.include()).containsExactly("shop");
    assertThat(read.metrics()).hasSize(2);
  }

  @Test
  void shouldNotAcceptWhatTheOperatorDidNot() {
    assertThat(read("\"spec\": %s", SPEC).isAccepted()).isFalse();
    assertThat(read("\"spec\": %s, \"status\": {\"state\": \"Errored\"}", SPEC).isAccepted())
        .isFalse();
    assertThat(read("\"status\": {\"state\": \"Accepted\"}").isAccepted()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10m, 600000",
    "1h30m, 5400000",
    "1.5h, 5400000",
    "+90s, 90000",
    ".5s, 500",
    "0, 0",
    "'', 0",
    "250ms, 250",
    "1000us, 1",
    "1000µs, 1",
    "9s nonsense, 0",
    "-5s, 0",
    "999999999999h, 1000000000000"
  })
  void shouldReadTimesAsGoDoes(String text, long millis) {
    assertThat(MetricWish.duration(text)).hasMillis(millis);
  }

  private static ClusterObject.Metrics read(String fields, Object... values) {
    String json = "{\"metadata\": {\"name\": \"one\"}, " + fields.formatted(values) + "}";
    try (JsonParser parser = JsonMapper.shared().createParser(json)) {
      parser.nextToken();
      return (ClusterObject.Metrics) new MetricsDraft().read(parser).finish(new Interner());
    }
  }
}
