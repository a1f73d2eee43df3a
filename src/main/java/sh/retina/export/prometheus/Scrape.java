package sh.retina.export.prometheus;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;
import org.springframework.http.MediaType;

/**
 * A whole scrape as text: the pod-level series, then every other meter. Nothing of it is kept in
 * memory but what the stream keeps. Thread-safe.
 */
public final class Scrape {
  /** Prometheus exposition format 0.0.4. */
  static final MediaType TEXT = MediaType.parseMediaType("text/plain;version=0.0.4;charset=utf-8");

  /** OpenMetrics 1.0. */
  static final MediaType OPENMETRICS =
      MediaType.parseMediaType("application/openmetrics-text;version=1.0.0;charset=utf-8");

  private final PrometheusMeterRegistry meters;
  private final PodSeriesText pods;

  public Scrape(PrometheusMeterRegistry meters, PodSeriesText pods) {
    this.meters = meters;
    this.pods = pods;
  }

  /**
   * Leaves the stream open.
   *
   * @param format {@link #TEXT} or {@link #OPENMETRICS}
   * @param names of the metrics that are wanted, as they are shown; none means all
   */
  void write(OutputStream out, MediaType format, Set<String> names) throws IOException {
    pods.write(out, OPENMETRICS.equals(format), name -> names.isEmpty() || names.contains(name));
    // Last, as it is this one that ends OpenMetrics with its mark.
    if (names.isEmpty()) {
      meters.scrape(out, format.toString());
    } else {
      meters.scrape(out, format.toString(), names);
    }
  }
}
