package sh.retina.cli;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.File;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A cluster, with the rights of who calls. */
public final class Cluster {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private Cluster() {}

  /**
   * A client; the caller closes it.
   *
   * @param kubeconfig null: as kubectl finds it
   * @throws CliException when there is none, or it cannot be read
   */
  public static KubernetesClient connect(@Nullable String kubeconfig, @Nullable String context) {
    try {
      Config config =
          kubeconfig == null
              ? Config.autoConfigure(context)
              : Config.fromKubeconfig(context, new File(kubeconfig));
      return new KubernetesClientBuilder()
          .withConfig(
              new ConfigBuilder(config)
                  .withRequestRetryBackoffLimit(1)
                  .withConnectionTimeout((int) PATIENCE.toMillis())
                  .withRequestTimeout((int) PATIENCE.toMillis())
                  .build())
          .build();
    } catch (RuntimeException e) {
      throw CliException.failed(
          "the kubeconfig "
              + (kubeconfig == null ? "" : kubeconfig + " ")
              + "cannot be read: "
              + e);
    }
  }

  /** What the API server said, or why it said nothing. */
  public static String reason(KubernetesClientException e) {
    return e.getStatus() != null && e.getStatus().getMessage() != null
        ? e.getStatus().getMessage()
        : String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause());
  }
}
