package sh.retina.export.otlp;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBucket;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Turns a scrape's metrics into OTLP's, in requests of a bounded size. Sums are cumulative since
 * the agent's start. For one push; not thread-safe.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otlp/">OTLP 1.x</a>
 */
final class OtlpRequests {
  /** Of all points together; half a megabyte or so. */
  private static final int POINTS_PER_REQUEST = 2_000;

  private final Resource resource;
  private final long startNs;
  private final long nowNs;
  private final Consumer<ExportMetricsServiceRequest> out;
  private final List<Metric> metrics = new ArrayList<>();
  private int points;

  /**
   * @param attributes of the resource: which agent on which node
   * @param startNs when the agent began to count, ns since 1970
   * @param nowNs of the values, ns since 1970
   * @param out gets each request when it is full, and the last by {@link #finish}
   */
  OtlpRequests(
      Map<String, String> attributes,
      long startNs,
      long nowNs,
      Consumer<ExportMetricsServiceRequest> out) {
    Resource.Builder builder = Resource.newBuilder();
    attributes.forEach((key, value) -> builder.addAttributes(attribute(key, value)));
    resource = builder.build();
    this.startNs = startNs;
    this.nowNs = nowNs;
    this.out = out;
  }

  void add(MetricSnapshot snapshot) {
    Metric.Builder metric =
        Metric.newBuilder()
            .setName(snapshot.getMetadata().getPrometheusName())
            .setUnit(unit(snapshot.getMetadata().getPrometheusName()))
            .setDescription(
                snapshot.getMetadata().getHelp() == null ? "" : snapshot.getMetadata().getHelp());
    switch (snapshot) {
      case CounterSnapshot counters -> {
        Sum.Builder sum =
            Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(
                    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
        counters
            .getDataPoints()
            .forEach(p -> sum.addDataPoints(number(p.getLabels(), p.getValue(), startNs)));
        metric.setSum(sum);
      }
      case GaugeSnapshot gauges -> {
        Gauge.Builder gauge = Gauge.newBuilder();
        gauges
            .getDataPoints()
            .forEach(p -> gauge.addDataPoints(number(p.getLabels(), p.getValue(), 0)));
        metric.setGauge(gauge);
      }
      case UnknownSnapshot unknown -> {
        Gauge.Builder gauge = Gauge.newBuilder();
        unknown
            .getDataPoints()
            .forEach(p -> gauge.addDataPoints(number(p.getLabels(), p.getValue(), 0)));
        metric.setGauge(gauge);
      }
      case HistogramSnapshot histograms -> metric.setHistogram(histogram(histograms));
      case SummarySnapshot summaries -> metric.setSummary(summary(summaries));
      default -> {
        return; // info and state sets: we have none
      }
    }
    metrics.add(metric.build());
    points += snapshot.getDataPoints().size();
    if (points >= POINTS_PER_REQUEST) {
      finish();
    }
  }

  /** Sends what is left. */
  void finish() {
    if (metrics.isEmpty()) {
      return;
    }
    ExportMetricsServiceRequest request =
        ExportMetricsServiceRequest.newBuilder()
            .addResourceMetrics(
                ResourceMetrics.newBuilder()
                    .setResource(resource)
                    .addScopeMetrics(
                        ScopeMetrics.newBuilder()
                            .setScope(InstrumentationScope.newBuilder().setName("sh.retina"))
                            .addAllMetrics(metrics)))
            .build();
    metrics.clear();
    points = 0;
    out.accept(request);
  }

  private NumberDataPoint number(Labels labels, double value, long sinceNs) {
    return NumberDataPoint.newBuilder()
        .addAllAttributes(attributes(labels))
        .setStartTimeUnixNano(sinceNs)
        .setTimeUnixNano(nowNs)
        .setAsDouble(value)
        .build();
  }

  private Histogram histogram(HistogramSnapshot histograms) {
    Histogram.Builder all =
        Histogram.newBuilder()
            .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
    for (var point : histograms.getDataPoints()) {
      HistogramDataPoint.Builder one =
          HistogramDataPoint.newBuilder()
              .addAllAttributes(attributes(point.getLabels()))
              .setStartTimeUnixNano(startNs)
              .setTimeUnixNano(nowNs)
              .setSum(point.getSum());
      long count = 0;
      for (ClassicHistogramBucket bucket : point.getClassicBuckets()) {
        one.addBucketCounts(bucket.getCount());
        count += bucket.getCount();
        if (!Double.isInfinite(bucket.getUpperBound())) {
          one.addExplicitBounds(bucket.getUpperBound());
        }
      }
      all.addDataPoints(one.setCount(count));
    }
    return all.build();
  }

  private Summary summary(SummarySnapshot summaries) {
    Summary.Builder all = Summary.newBuilder();
    for (var point : summaries.getDataPoints()) {
      all.addDataPoints(
          SummaryDataPoint.newBuilder()
              .addAllAttributes(attributes(point.getLabels()))
              .setStartTimeUnixNano(startNs)
              .setTimeUnixNano(nowNs)
              .setCount(point.getCount())
              .setSum(point.getSum()));
    }
    return all.build();
  }

  private static List<KeyValue> attributes(Labels labels) {
    List<KeyValue> attributes = new ArrayList<>(labels.size());
    labels.forEach(label -> attributes.add(attribute(label.getName(), label.getValue())));
    return attributes;
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  /** UCUM, as OpenTelemetry wants it. */
  private static String unit(String name) {
    if (name.endsWith("_seconds")) {
      return "s";
    }
    return name.endsWith("_bytes") ? "By" : "1";
  }
}
