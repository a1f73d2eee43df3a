package sh.retina.plugin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.event.NodeMetric;
import sh.retina.event.StatSample;

/**
 * Makes counters of objects that follow one another into one that only grows: each object counts
 * from 0, and what it had counted when it went stays. Thread-safe.
 */
final class CarriedCounts {
  private record Key(NodeMetric metric, List<String> labelValues) {}

  private final Map<Key, Double> gone = new LinkedHashMap<>();
  private final Map<Key, Double> last = new LinkedHashMap<>();
  private StatPoller.@Nullable Reading source;

  /**
   * What is to be shown for what a source was just read as. Counters that are missing this time are
   * shown as they were.
   */
  synchronized List<StatSample> with(StatPoller.Reading now, List<StatSample> read) {
    if (now != source) {
      last.forEach((key, value) -> gone.merge(key, value, Double::sum));
      last.clear();
      source = now;
    }
    List<StatSample> shown = new ArrayList<>();
    for (StatSample sample : read) {
      if (sample.metric().kind() == NodeMetric.Kind.COUNTER) {
        last.merge(new Key(sample.metric(), sample.labelValues()), sample.value(), Math::max);
      } else {
        shown.add(sample);
      }
    }
    Map<Key, Double> sums = new LinkedHashMap<>(gone);
    last.forEach((key, value) -> sums.merge(key, value, Double::sum));
    sums.forEach((key, value) -> shown.add(new StatSample(key.metric, key.labelValues, value)));
    return shown;
  }
}
