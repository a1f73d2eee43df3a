package sh.retina.export.prometheus;

import io.micrometer.core.instrument.Meter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code retina.metrics.naming}: which names a scrape shows. The one place that turns a metric into
 * what dashboards made for Retina query. Metrics without such a name are shown as they are.
 *
 * <p>A counter gets no type under the other name: its samples must not end in {@code _total} there,
 * and OpenMetrics allows that for no counter. Times are in milliseconds there.
 */
public enum Naming {
  RETINA,
  NETWORKOBSERVABILITY,
  BOTH;

  private static final String SPLIT = "{direction}";
  private static final String SPLIT_LABEL = "direction";
  private static final Map<String, MetricName> RENAMED =
      Arrays.stream(MetricName.values())
          .filter(name -> !name.networkObservabilityName().isEmpty())
          .collect(Collectors.toMap(MetricName::family, Function.identity()));

  /** A metric under one of its names. */
  record Shown(String name, String help, String type) {
    private static final String COUNTER_SUFFIX = "_total";

    /** The name in the lines about a metric: OpenMetrics leaves a counter's suffix out. */
    String family(boolean openMetrics) {
      return openMetrics && type.equals("counter") && name.endsWith(COUNTER_SUFFIX)
          ? name.substring(0, name.length() - COUNTER_SUFFIX.length())
          : name;
    }

    /** Each format has its own word for no type. */
    String type(boolean openMetrics) {
      return type.isEmpty() ? openMetrics ? "unknown" : "untyped" : type;
    }
  }

  /** What a pod-level metric is called: these are never split by a label's value. */
  List<Shown> shown(MetricName metric) {
    String other = metric.networkObservabilityName();
    List<Shown> names = new ArrayList<>();
    if (this != NETWORKOBSERVABILITY || other.isEmpty()) {
      names.add(new Shown(metric.exposed(), metric.help(), metric.prometheusType()));
    }
    if (this != RETINA && !other.isEmpty()) {
      String type = metric.getType() == Meter.Type.COUNTER ? "" : metric.prometheusType();
      names.add(new Shown(other, metric.help(), type));
    }
    return names;
  }

  MetricSnapshots apply(MetricSnapshots snapshots) {
    if (this == RETINA) {
      return snapshots;
    }
    List<MetricSnapshot> named = new ArrayList<>();
    for (MetricSnapshot snapshot : snapshots) {
      MetricName name = RENAMED.get(snapshot.getMetadata().getPrometheusName());
      if (name == null || this == BOTH) {
        named.add(snapshot);
      }
      if (name != null) {
        named.addAll(renamed(snapshot, name));
      }
    }
    return new MetricSnapshots(named);
  }

  private static List<MetricSnapshot> renamed(MetricSnapshot snapshot, MetricName name) {
    return switch (snapshot) {
      case CounterSnapshot counters ->
          split(
              counters.getDataPoints(),
              name,
              (metadata, points) ->
                  new UnknownSnapshot(
                      metadata,
                      points.stream()
                          .map(point ->
                              new UnknownDataPointSnapshot(
                                  point.value().getValue(), point.labels(), null))
                          .toList()));
      case GaugeSnapshot gauges ->
          split(
              gauges.getDataPoints(),
              name,
              (metadata, points) ->
                  new GaugeSnapshot(
                      metadata,
                      points.stream()
                          .map(point ->
                              new GaugeDataPointSnapshot(
                                  point.value().getValue(), point.labels(), null))
                          .toList()));
      case HistogramSnapshot histograms ->
          split(
              histograms.getDataPoints(),
              name,
              (metadata, points) ->
                  new HistogramSnapshot(
                      metadata,
                      points.stream()
                          .map(point -> LatencySnapshots.inMilliseconds(point.value()))
                          .toList()));
      default -> List.of();
    };
  }

  /** A value with the labels that it has under the other name. */
  private record Relabelled<P>(P value, Labels labels) {}

  @FunctionalInterface
  private interface Rebuild<P> {
    MetricSnapshot of(MetricMetadata metadata, List<Relabelled<P>> points);
  }

  private static <P extends DataPointSnapshot> List<MetricSnapshot> split(
      List<P> points, MetricName name, Rebuild<P> rebuild) {
    String pattern = name.networkObservabilityName();
    boolean isSplit = pattern.contains(SPLIT);
    Map<String, List<Relabelled<P>>> byName = new TreeMap<>();
    for (P point : points) {
      Labels labels = point.getLabels();
      String other = isSplit ? pattern.replace(SPLIT, labels.get(SPLIT_LABEL)) : pattern;
      byName
          .computeIfAbsent(other, _ -> new ArrayList<>())
          .add(new Relabelled<>(point, isSplit ? without(labels) : labels));
    }
    List<MetricSnapshot> snapshots = new ArrayList<>();
    byName.forEach(
        (other, its) -> snapshots.add(rebuild.of(new MetricMetadata(other, name.help()), its)));
    return snapshots;
  }

  private static Labels without(Labels labels) {
    Labels.Builder kept = Labels.builder();
    labels.stream()
        .filter(label -> !label.getName().equals(SPLIT_LABEL))
        .forEach(label -> kept.label(label.getName(), label.getValue()));
    return kept.build();
  }
}
