package sh.retina.export.prometheus;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import sh.retina.event.NodeMetric;
import sh.retina.event.StatSample;

/**
 * The metrics that plugins declare and read by themselves. A collector of client_java and no
 * Micrometer meters: label sets come and go with interfaces and devices. Thread-safe.
 */
public final class StatMeters implements MultiCollector {
  private final Supplier<List<StatSample>> samples;
  private final Naming naming;

  /** {@code samples}: asked at each scrape. */
  public StatMeters(Supplier<List<StatSample>> samples, Naming naming) {
    this.samples = samples;
    this.naming = naming;
  }

  @Override
  public MetricSnapshots collect() {
    // By name, as several plugins may feed one metric. Of two values for the same labels the last.
    Map<String, Map<List<String>, StatSample>> byName = new LinkedHashMap<>();
    for (StatSample sample : samples.get()) {
      byName
          .computeIfAbsent(sample.metric().exposed(), _ -> new LinkedHashMap<>())
          .put(sample.labelValues(), sample);
    }
    List<MetricSnapshot> snapshots = new ArrayList<>();
    byName.forEach((_, values) -> {
      List<StatSample> its = List.copyOf(values.values());
      NodeMetric metric = its.getFirst().metric();
      String other = metric.networkObservabilityName();
      if (naming != Naming.NETWORKOBSERVABILITY || other.isEmpty()) {
        snapshots.add(own(metric, its));
      }
      if (naming != Naming.RETINA && !other.isEmpty()) {
        snapshots.add(renamed(metric, other, its));
      }
    });
    return new MetricSnapshots(snapshots);
  }

  private static MetricSnapshot own(NodeMetric metric, List<StatSample> samples) {
    MetricMetadata metadata = new MetricMetadata(family(metric), metric.help());
    return switch (metric.kind()) {
      case COUNTER ->
          new CounterSnapshot(
              metadata,
              samples.stream()
                  .map(s -> new CounterDataPointSnapshot(s.value(), labels(s), null, 0L))
                  .toList());
      case GAUGE ->
          new GaugeSnapshot(
              metadata,
              samples.stream()
                  .map(s -> new GaugeDataPointSnapshot(s.value(), labels(s), null))
                  .toList());
    };
  }

  /** A counter gets no type under the other name, as in {@link Naming}. */
  private static MetricSnapshot renamed(NodeMetric metric, String name, List<StatSample> samples) {
    MetricMetadata metadata = new MetricMetadata(name, metric.help());
    return switch (metric.kind()) {
      case COUNTER ->
          new UnknownSnapshot(
              metadata,
              samples.stream()
                  .map(s -> new UnknownDataPointSnapshot(s.value(), labels(s), null))
                  .toList());
      case GAUGE ->
          new GaugeSnapshot(
              metadata,
              samples.stream()
                  .map(s -> new GaugeDataPointSnapshot(s.value(), labels(s), null))
                  .toList());
    };
  }

  private static String family(NodeMetric metric) {
    String name = metric.exposed();
    return metric.kind() == NodeMetric.Kind.COUNTER
        ? name.substring(0, name.length() - "_total".length())
        : name;
  }

  private static Labels labels(StatSample sample) {
    return Labels.of(
        sample.metric().labels().toArray(String[]::new),
        sample.labelValues().toArray(String[]::new));
  }
}
