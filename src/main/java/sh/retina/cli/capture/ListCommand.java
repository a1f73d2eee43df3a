package sh.retina.cli.capture;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.ClusterOptions;
import sh.retina.cli.Console;

/** The Jobs of captures, whoever made them. */
@Command(
    name = "list",
    description = "Shows the Jobs of captures.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  kubectl retina capture list -A",
      "  kubectl retina capture list --name web -o yaml"
    })
final class ListCommand implements Callable<Integer> {
  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Mixin private Printed printed = new Printed();

  @Option(names = "--name", paramLabel = "NAME", description = "Of this capture only.")
  private @org.jspecify.annotations.Nullable String name;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "Of all namespaces.")
  private boolean everywhere;

  @Override
  public Integer call() {
    try (KubernetesClient client = cluster.connect()) {
      String namespace = everywhere ? null : cluster.namespace(client);
      List<JobView> jobs = JobView.all(client, namespace, name);
      if (jobs.isEmpty() && printed.isTable()) {
        Console.tell(
            "No captures in " + (namespace == null ? "any namespace" : "namespace " + namespace));
        return 0;
      }
      printed.jobs(jobs, Clock.systemUTC().instant());
      return 0;
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }
}
