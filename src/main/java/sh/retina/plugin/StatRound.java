package sh.retina.plugin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sh.retina.event.NodeMetric;
import sh.retina.event.StatSample;

/** What a plugin read in one round. */
final class StatRound implements StatSink {
  private record Key(NodeMetric metric, List<String> labelValues) {}

  private final Map<Key, StatSample> samples = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();

  @Override
  public void set(NodeMetric metric, double value, String... labelValues) {
    if (metric.kind() == NodeMetric.Kind.COUNTER && !(value >= 0)) {
      // One such value would keep all the others out of the scrape.
      missing(metric.exposed() + List.of(labelValues) + " cannot be " + value);
      return;
    }
    StatSample sample = new StatSample(metric, List.of(labelValues), value);
    samples.put(new Key(metric, sample.labelValues()), sample);
  }

  @Override
  public void missing(String reason) {
    missing.add(reason);
  }

  List<StatSample> samples() {
    return List.copyOf(samples.values());
  }

  /** What could not be read, for people; empty when all could. */
  String reasons() {
    return String.join("; ", missing);
  }
}
