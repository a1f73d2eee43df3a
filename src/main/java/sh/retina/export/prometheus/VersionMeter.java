package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** Which program this is, to be joined with its other series. */
public record VersionMeter(String version, String controlPlane) implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    new NamedMeters(registry).gauge(MetricName.AGENT_VERSION, () -> 1, version, controlPlane);
  }
}
