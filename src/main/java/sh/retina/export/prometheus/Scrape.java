package sh.retina.export.prometheus;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import java.util.function.Predicate;
import org.springframework.http.MediaType;
import sh.retina.pipeline.PodSeries;

/**
 * A whole scrape as text or protobuf: the pod-level series, then every other meter. Nothing of it
 * is kept in memory but what the stream keeps. Thread-safe.
 */
public final class Scrape {
  /** Prometheus exposition format 0.0.4. */
  static final MediaType TEXT = MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8");

  /** OpenMetrics 1.0. */
  static final MediaType OPENMETRICS =
      MediaType.parseMediaType("application/openmetrics-text;version=1.0.0;charset=utf-8");

  /** Prometheus's protobuf, the only one with native histograms. */
  static final MediaType PROTOBUF =
      MediaType.parseMediaType(
          "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited");

  private final PrometheusMeterRegistry meters;
  private final PodSeries series;
  private final Naming naming;

  public Scrape(PrometheusMeterRegistry meters, PodSeries series, Naming naming) {
    this.meters = meters;
    this.series = series;
    this.naming = naming;
  }

  /**
   * Leaves the stream open.
   *
   * @param format {@link #TEXT}, {@link #OPENMETRICS} or {@link #PROTOBUF}
   * @param names of the metrics that are wanted, as they are shown; none means all
   */
  void write(OutputStream out, MediaType format, Set<String> names) throws IOException {
    Predicate<String> included = name -> names.isEmpty() || names.contains(name);
    if (PROTOBUF.equals(format)) {
      new PodSeriesProtobuf(series, naming).write(out, included);
    } else {
      new PodSeriesText(series, naming).write(out, OPENMETRICS.equals(format), included);
    }
    // Last, as it is this one that ends OpenMetrics with its mark.
    if (names.isEmpty()) {
      meters.scrape(out, format.toString());
    } else {
      meters.scrape(out, format.toString(), names);
    }
  }
}
