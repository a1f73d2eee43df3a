package sh.retina.export.prometheus;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleBiFunction;

/**
 * The overhead guard's metrics. Everything is read at each scrape, from any thread.
 *
 * @param step rung of the ladder in force
 * @param cpuCores of the last window
 * @param memoryBytes of the last window
 * @param steps so far by direction ({@code down}, {@code up}) and cause ({@code cpu}, {@code
 *     memory})
 */
public record OverheadMeters(
    DoubleSupplier step,
    DoubleSupplier cpuCores,
    DoubleSupplier memoryBytes,
    ToDoubleBiFunction<String, String> steps)
    implements MeterBinder {
  @Override
  public void bindTo(MeterRegistry registry) {
    NamedMeters meters = new NamedMeters(registry);
    meters.gauge(MetricName.AGENT_OVERHEAD_STEP, step);
    meters.gauge(MetricName.AGENT_OVERHEAD_CPU_CORES, cpuCores);
    meters.gauge(MetricName.AGENT_OVERHEAD_MEMORY_BYTES, memoryBytes);
    for (String direction : List.of("down", "up")) {
      for (String cause : List.of("cpu", "memory")) {
        meters.counter(
            MetricName.AGENT_OVERHEAD_STEPS,
            () -> steps.applyAsDouble(direction, cause),
            direction,
            cause);
      }
    }
  }
}
