package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.Map;

/** How the agent follows the cluster. Read at each scrape, from any thread; none without one. */
public record ClusterMeters(List<Watch> watches) implements MeterBinder {
  /** The watch of one kind of objects. */
  public interface Watch {
    String resource();

    boolean isUp();

    /** How old what is known may be. */
    double ageSeconds();

    /** By cause; the causes are always the same. */
    Map<String, Long> failures();
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    for (Watch watch : watches) {
      String resource = watch.resource();
      meters.gauge(MetricName.AGENT_KUBERNETES_WATCH_UP, () -> watch.isUp() ? 1 : 0, resource);
      meters.gauge(MetricName.AGENT_KUBERNETES_WATCH_AGE, watch::ageSeconds, resource);
      for (String cause : watch.failures().keySet()) {
        meters.counter(
            MetricName.AGENT_KUBERNETES_FAILURES,
            () -> watch.failures().getOrDefault(cause, 0L),
            resource,
            cause);
      }
    }
  }
}
