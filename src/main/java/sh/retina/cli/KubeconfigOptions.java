package sh.retina.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** kubectl's own options: which cluster, and as whom. */
final class KubeconfigOptions {
  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Instead of KUBECONFIG and ~/.kube/config.")
  private @Nullable String kubeconfig;

  @Option(names = "--context", paramLabel = "NAME", description = "Of the kubeconfig.")
  private @Nullable String context;

  /** Whether any of them was given. */
  boolean areGiven() {
    return kubeconfig != null || context != null;
  }

  /** A client, which the caller closes. */
  KubernetesClient connect() {
    return Cluster.connect(kubeconfig, context);
  }
}
