package sh.retina.export.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import org.junit.jupiter.api.Test;

class ScrapeRegistryTest {
  private final ScrapeRegistry registry = new ScrapeRegistry(Naming.BOTH);
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, registry, Clock.SYSTEM);

  @Test
  void shouldLeaveOutWhatFailsAndCountIt() {
    NamedMeters named = new NamedMeters(meters);
    named.gauge(MetricName.AGENT_QUEUE_BYTES, () -> 7);
    named.counter(
        MetricName.AGENT_CPU_SECONDS,
        () -> {
          throw new IllegalStateException("no such file");
        },
        "user");
    registry.register(new Failing());

    assertThat(meters.scrape()).contains("retina_agent_queue_bytes 7.0").doesNotContain("cpu");
    assertThat(meters.scrape()).contains("retina_agent_queue_bytes 7.0");
    assertThat(registry.failures()).isEqualTo(4);
  }

  @Test
  void shouldForgetACollector() {
    Failing collector = new Failing();
    registry.register(collector);

    registry.unregister(collector);
    meters.scrape();

    assertThat(registry.failures()).isZero();
  }

  @Test
  void shouldFindAMetricByItsShownNameInEitherNaming() {
    NamedMeters named = new NamedMeters(meters);
    named.gauge(MetricName.AGENT_QUEUE_BYTES, () -> 7);
    named.counter(MetricName.PACKETS_DROPPED, () -> 1, "NO_SOCKET", "ingress");

    assertThat(registry.scrape("retina_packets_dropped_total"::equals).size()).isEqualTo(1);
    assertThat(registry.scrape("networkobservability_drop_count"::equals).size()).isEqualTo(1);
    assertThat(registry.scrape("retina_agent_queue_bytes"::equals).size()).isEqualTo(1);
  }

  private static final class Failing implements MultiCollector {
    @Override
    public MetricSnapshots collect() {
      throw new IllegalStateException("on purpose");
    }

    @Override
    public String toString() {
      return "failing";
    }
  }
}
