package sh.retina.plugin;

import java.util.List;
import sh.retina.event.NodeMetric;

/** Metrics of tests. */
public enum TestMetric implements NodeMetric {
  SEEN("retina_test_seen_total", Kind.COUNTER, "networkobservability_test_seen"),
  OPEN("retina_test_open", Kind.GAUGE, "networkobservability_test_open"),
  OURS("retina_test_ours_total", Kind.COUNTER, "");

  private final String exposed;
  private final Kind kind;
  private final String networkObservabilityName;

  TestMetric(String exposed, Kind kind, String networkObservabilityName) {
    this.exposed = exposed;
    this.kind = kind;
    this.networkObservabilityName = networkObservabilityName;
  }

  @Override
  public String exposed() {
    return exposed;
  }

  @Override
  public Kind kind() {
    return kind;
  }

  @Override
  public String help() {
    return "Of a test";
  }

  @Override
  public List<String> labels() {
    return List.of("name");
  }

  @Override
  public String networkObservabilityName() {
    return networkObservabilityName;
  }
}
