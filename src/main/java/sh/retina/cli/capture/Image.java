package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;

/** The image that pods run: the program's own. */
final class Image {
  private static final String VARIABLE = "RETINA_AGENT_IMAGE";

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "Of the program. Default: " + VARIABLE + ", else that of the cluster's agents.")
  private @Nullable String image;

  String find(KubernetesClient client) {
    String given = image == null ? System.getenv(VARIABLE) : image;
    if (given != null && !given.isBlank()) {
      return given.strip();
    }
    try {
      return client
          .pods()
          .inAnyNamespace()
          .withLabel("k8s-app", "retina")
          .list()
          .getItems()
          .stream()
          .map((Pod pod) -> pod.getSpec().getContainers().getFirst().getImage())
          .findFirst()
          .orElseThrow(() -> missing("there are no agents in the cluster to take it from"));
    } catch (KubernetesClientException e) {
      throw missing("the agents cannot be asked for theirs");
    }
  }

  private static CliException missing(String why) {
    return CliException.usage("which image? " + why + ": set --image or " + VARIABLE);
  }
}
