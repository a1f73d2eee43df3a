package sh.retina.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** kubectl's own options, of commands that work in one namespace. */
public final class ClusterOptions {
  @Mixin private KubeconfigOptions kubeconfig = new KubeconfigOptions();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "Default: the context's.")
  private @Nullable String namespace;

  /** A client, which the caller closes. */
  public KubernetesClient connect() {
    return kubeconfig.connect();
  }

  /** The one that is meant. */
  public String namespace(KubernetesClient client) {
    if (namespace != null) {
      return namespace;
    }
    return client.getNamespace() == null ? "default" : client.getNamespace();
  }
}
