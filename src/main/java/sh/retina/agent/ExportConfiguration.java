package sh.retina.agent;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import sh.retina.bpf.Clocks;
import sh.retina.export.otlp.OtlpCounts;
import sh.retina.export.otlp.OtlpPush;
import sh.retina.export.prometheus.CardinalityRoutes;
import sh.retina.export.prometheus.MetricSource;
import sh.retina.export.prometheus.MetricsRoutes;
import sh.retina.export.prometheus.Scrape;
import sh.retina.export.prometheus.ScrapeRegistry;
import sh.retina.flow.FlowNode;
import sh.retina.pipeline.Aggregate;

/** The ways that metrics leave the agent. */
@Configuration(proxyBeanMethods = false)
class ExportConfiguration {
  @Bean
  RouterFunction<ServerResponse> metricsRoutes(
      RetinaProperties properties, PrometheusMeterRegistry registry, Aggregate aggregate) {
    return new MetricsRoutes(new Scrape(registry, aggregate.pods(), properties.metrics().naming()))
        .routes();
  }

  @Bean
  RouterFunction<ServerResponse> cardinalityRoutes(Aggregate aggregate) {
    return new CardinalityRoutes(aggregate.pods()).routes();
  }

  @Bean
  OtlpCounts otlpCounts() {
    return new OtlpCounts();
  }

  /** Something that ends with the agent; what it is made of is not even loaded without a URL. */
  @Bean
  AutoCloseable otlp(
      RetinaProperties properties,
      FlowNode node,
      ScrapeRegistry registry,
      Aggregate aggregate,
      OtlpCounts counts) {
    RetinaProperties.Otlp settings = properties.otlp();
    if (settings.url().isEmpty()) {
      return () -> {};
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("service.name", "retina");
    attributes.put("service.version", node.version());
    attributes.put("service.instance.id", node.name());
    attributes.put("k8s.node.name", node.name());
    return new OtlpPush(
            URI.create(settings.url()),
            settings.interval(),
            attributes,
            new MetricSource(registry, aggregate.pods())::read,
            Clocks::realtimeNs,
            counts)
        .start();
  }
}
