package sh.retina.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperatorMetricTest {
  @ParameterizedTest
  @EnumSource(OperatorMetric.class)
  void shouldBeTheNameThatMicrometerMakes(OperatorMetric metric) {
    boolean counter = metric.exposed().endsWith("_total");
    String name =
        new PrometheusNamingConvention()
            .name(metric.meter(), counter ? Meter.Type.COUNTER : Meter.Type.GAUGE, null);

    assertThat(name + (counter && !name.endsWith("_total") ? "_total" : ""))
        .isEqualTo(metric.exposed());
  }

  @ParameterizedTest
  @EnumSource(OperatorMetric.class)
  void shouldBeDocumentedAsItIs(OperatorMetric metric) throws IOException {
    String labels = metric.labels().isEmpty() ? "" : "{" + String.join(",", metric.labels()) + "}";

    assertThat(Files.readString(Path.of("docs", "operator.md")))
        .contains("| `" + metric.exposed() + labels + "` | " + metric.help() + " |");
  }
}
