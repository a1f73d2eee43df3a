package sh.retina.cli;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which agents are asked. */
final class AgentOptions {
  @Option(
      names = "--agent",
      paramLabel = "URL",
      description = "One agent by its address, without a cluster: http://127.0.0.1:10093")
  private @Nullable String agent;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "With --agent: the bearer token that is sent, from beyond loopback.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--certificate-authority",
      paramLabel = "FILE",
      description = "With --agent https://…: PEM of who signed its certificate.")
  private @Nullable Path authority;

  @Mixin private KubeconfigOptions kubeconfig = new KubeconfigOptions();

  @Option(
      names = "--agent-namespace",
      paramLabel = "NAME",
      description = "Where the agents are; all namespaces are searched otherwise.")
  private @Nullable String namespace;

  @Option(names = "--node", paramLabel = "NAME", description = "The agent of this node only.")
  private @Nullable String node;

  /** As {@code --node}. */
  void choose(String name) {
    node = name;
  }

  /** The agents; the caller closes them. */
  Agents open() {
    if (agent == null) {
      return Agents.ofCluster(kubeconfig.connect(), namespace, node);
    }
    try {
      URI uri = new URI(agent);
      if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
        throw CliException.usage(
            "--agent " + agent + ": must be an address such as http://127.0.0.1:10093");
      }
      return Agents.of(uri, token(uri), authority);
    } catch (URISyntaxException e) {
      throw CliException.usage("--agent " + agent + ": " + e.getMessage());
    }
  }

  /**
   * A client of the cluster; null where an agent and no kubeconfig is named. The caller closes it.
   */
  @Nullable KubernetesClient cluster() {
    return agent != null && !kubeconfig.areGiven() ? null : kubeconfig.connect();
  }

  private String token(URI to) {
    if (tokenFile == null) {
      return "";
    }
    if (!"https".equals(to.getScheme())) {
      throw CliException.usage(
          "--token-file: a token in plain text is everybody's; it is sent by https only");
    }
    try {
      return Files.readString(tokenFile).strip();
    } catch (IOException e) {
      throw CliException.failed("--token-file " + tokenFile + " cannot be read: " + e);
    }
  }
}
