package sh.retina.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which agents are asked. */
final class AgentOptions {
  @Option(
      names = "--agent",
      paramLabel = "URL",
      description = "One agent by its address, without a cluster: http://127.0.0.1:10093")
  private @Nullable String agent;

  @Option(
      names = {"--kubeconfig"},
      paramLabel = "FILE",
      description = "Instead of KUBECONFIG and ~/.kube/config.")
  private @Nullable String kubeconfig;

  @Option(names = "--context", paramLabel = "NAME", description = "Of the kubeconfig.")
  private @Nullable String context;

  @Option(
      names = "--agent-namespace",
      paramLabel = "NAME",
      description = "Where the agents are; all namespaces are searched otherwise.")
  private @Nullable String namespace;

  @Option(names = "--node", paramLabel = "NAME", description = "The agent of this node only.")
  private @Nullable String node;

  /** The agents; the caller closes them. */
  Agents open() {
    if (agent == null) {
      return Agents.ofCluster(kubeconfig, context, namespace, node);
    }
    try {
      URI uri = new URI(agent);
      if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
        throw CliException.usage(
            "--agent " + agent + ": must be an address such as http://127.0.0.1:10093");
      }
      return Agents.of(uri);
    } catch (URISyntaxException e) {
      throw CliException.usage("--agent " + agent + ": " + e.getMessage());
    }
  }
}
