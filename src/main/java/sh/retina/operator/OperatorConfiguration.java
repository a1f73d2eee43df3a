package sh.retina.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.TrustManager;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.kubernetes.commons.KubernetesClientProperties;
import org.springframework.cloud.kubernetes.fabric8.Fabric8AutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Puts the operator together. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties({OperatorProperties.class, KubernetesClientProperties.class})
class OperatorConfiguration {
  private static final String ANYWHERE = "kube-system";

  /** Below the time in which a Lease must be renewed. */
  private static final int REQUEST_MS = 5_000;

  @Bean
  OperatorMeters operatorMeters(MeterRegistry registry) {
    return new OperatorMeters(registry);
  }

  /** In a pod by its service account, else by the user's kubeconfig; keys say otherwise. */
  @Bean
  KubernetesClient kubernetesClient(KubernetesClientProperties properties, OperatorMeters meters) {
    Config config = new Fabric8AutoConfiguration().kubernetesClientConfig(properties);
    if (properties.requestTimeout() == null) {
      config.setRequestTimeout(REQUEST_MS);
    }
    config.setRequestRetryBackoffLimit(1); // the queue tries again, and later each time
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientBuilderConsumer(builder -> {
          builder.addOrReplaceInterceptor("operator-meters", meters);
          follow(config, builder);
        })
        .build();
  }

  /** A file of authorities that is replaced needs no restart. */
  private static void follow(Config config, HttpClient.Builder builder) {
    FollowedAuthority authority = FollowedAuthority.of(config);
    if (authority == null) {
      return;
    }
    try {
      builder.sslContext(SSLUtils.keyManagers(config), new TrustManager[] {authority});
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the client's certificate or key cannot be read", e);
    }
  }

  @Bean
  CaptureMeters captureMeters(PrometheusRegistry registry) {
    CaptureMeters captures = new CaptureMeters();
    registry.register(captures);
    return captures;
  }

  @Bean
  Controllers controllers(
      OperatorProperties properties,
      KubernetesClient client,
      OperatorMeters meters,
      CaptureMeters captures) {
    Controllers controllers =
        new Controllers(() -> {
          List<Controller> made = new ArrayList<>();
          if (properties.retinaEndpoints()) {
            made.add(
                new EndpointController(client, meters, properties.workers(), properties.resync()));
          }
          made.add(StatusController.ofMetrics(client, meters));
          made.add(StatusController.ofTraces(client, meters));
          made.add(new CaptureController(client, meters, captures, properties.captures()));
          return made;
        });
    for (String name : List.of("endpoints", "metrics", "traces", "captures")) {
      meters.controller(name, controllers);
    }
    return controllers;
  }

  @Bean(destroyMethod = "")
  Leadership leadership(
      OperatorProperties properties,
      KubernetesClient client,
      Controllers controllers,
      OperatorMeters meters) {
    String namespace = properties.namespace();
    if (namespace.isEmpty()) {
      namespace = client.getNamespace() == null ? ANYWHERE : client.getNamespace();
    }
    Leadership leadership =
        new Leadership(
            client,
            namespace,
            properties.leaseName(),
            identity(),
            properties.leaseDuration(),
            controllers);
    meters.leads(leadership);
    return leadership;
  }

  private static String identity() {
    String unique = UUID.randomUUID().toString().substring(0, 8);
    try {
      return InetAddress.getLocalHost().getHostName() + "-" + unique;
    } catch (UnknownHostException e) {
      return unique;
    }
  }

  @Bean
  OperatorHealthIndicator operatorHealthIndicator(Leadership leadership, Controllers controllers) {
    return new OperatorHealthIndicator(leadership, controllers);
  }

  @Bean
  OperatorLifecycle operatorLifecycle(Leadership leadership) {
    return new OperatorLifecycle(leadership);
  }
}
