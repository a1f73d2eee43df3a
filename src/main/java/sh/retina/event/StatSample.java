package sh.retina.event;

import java.util.List;

/**
 * One value of a {@link NodeMetric} as it was read last.
 *
 * @param labelValues in the order of {@link NodeMetric#labels}
 */
public record StatSample(NodeMetric metric, List<String> labelValues, double value) {
  public StatSample {
    labelValues = List.copyOf(labelValues);
    if (labelValues.size() != metric.labels().size()) {
      throw new IllegalArgumentException(
          metric.exposed() + " has the labels " + metric.labels() + ", not " + labelValues);
    }
  }
}
