package sh.retina.plugin;

import java.util.List;
import sh.retina.event.NodeMetric;

/** Metrics of tests. */
public enum TestMetric implements NodeMetric {
  SEEN("retina_test_seen_total", Kind.COUNTER, "networkobservability_test_seen"),
  OPEN("retina_test_open", Kind.GAUGE, "networkobservability_test_open"),
  OURS("retina_test_ours_total", Kind.COUNTER, "");

  private final Description description;

  TestMetric(String exposed, Kind kind, String networkObservabilityName) {
    description =
        new Description(exposed, kind, "Of a test", List.of("name"), networkObservabilityName);
  }

  @Override
  public Description description() {
    return description;
  }
}
