package sh.retina.operator;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;
import sh.retina.kubernetes.ApiServer;

/** The operator in this process, by a service account's token; leads within seconds. */
public final class RunningOperator implements AutoCloseable {
  private final ConfigurableApplicationContext context;

  /** {@code namespace} and {@code account}: of the service account, which must have its rights. */
  public RunningOperator(ApiServer server, String namespace, String account, String... settings) {
    this(
        server.url(),
        server.authority(),
        server.token(namespace, account, Duration.ofHours(1)),
        namespace,
        settings);
  }

  /** {@code authority}: a file that may be replaced. */
  RunningOperator(String url, Path authority, String token, String namespace, String... settings) {
    SpringApplication application = new SpringApplication(OperatorConfiguration.class);
    application.setWebApplicationType(WebApplicationType.REACTIVE);
    application.setAdditionalProfiles("operator");
    List<String> words =
        new ArrayList<>(
            List.of(
                "--retina.operator.port=0",
                "--retina.operator.lease-duration=6s",
                "--spring.cloud.kubernetes.client.master-url=" + url,
                "--spring.cloud.kubernetes.client.ca-cert-file=" + authority,
                "--spring.cloud.kubernetes.client.oauth-token=" + token,
                "--spring.cloud.kubernetes.client.namespace=" + namespace));
    words.addAll(List.of(settings));
    context = application.run(words.toArray(String[]::new));
  }

  /** What it would answer Prometheus. */
  String metrics() {
    return context.getBean(PrometheusMeterRegistry.class).scrape();
  }

  @Override
  public void close() {
    context.close();
  }
}
