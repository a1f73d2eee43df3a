package sh.retina.cli.capture;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sh.retina.cli.Cluster;

/** kubectl's own options, and the name that captures are known by. */
final class ClusterOptions {
  static final String NAME = "retina-capture";

  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "Instead of KUBECONFIG and ~/.kube/config.")
  private @Nullable String kubeconfig;

  @Option(names = "--context", paramLabel = "NAME", description = "Of the kubeconfig.")
  private @Nullable String context;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "Of the capture. Default: the context's.")
  private @Nullable String namespace;

  KubernetesClient connect() {
    return Cluster.connect(kubeconfig, context);
  }

  String namespace(KubernetesClient client) {
    if (namespace != null) {
      return namespace;
    }
    return client.getNamespace() == null ? "default" : client.getNamespace();
  }
}
