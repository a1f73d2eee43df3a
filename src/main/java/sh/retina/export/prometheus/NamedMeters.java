package sh.retina.export.prometheus;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Registers meters by {@link MetricName}: label values stand in the order of {@link
 * MetricName#labels}. Keeps what it reads reachable; Micrometer alone would not.
 */
final class NamedMeters {
  private final MeterRegistry registry;

  NamedMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  void counter(MetricName metric, DoubleSupplier value, String... labelValues) {
    // The function holds the supplier that is also the weakly held object, so it stays.
    FunctionCounter.builder(metric.getName(), value, _ -> value.getAsDouble())
        .description(metric.help())
        .tags(tags(metric, labelValues))
        .register(registry);
  }

  void gauge(MetricName metric, DoubleSupplier value, String... labelValues) {
    Gauge.builder(metric.getName(), value::getAsDouble)
        .description(metric.help())
        .tags(tags(metric, labelValues))
        .register(registry);
  }

  private static List<Tag> tags(MetricName metric, String... values) {
    List<String> names = metric.labels();
    if (names.size() != values.length) {
      throw new IllegalArgumentException(
          metric + " has the labels " + names + ", not " + values.length + " values");
    }
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      tags.add(Tag.of(names.get(i), values[i]));
    }
    return tags;
  }
}
