package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.ClusterOptions;
import sh.retina.cli.Console;
import sh.retina.crd.Capture;

/** Ends a capture: its Capture where there is one, its Jobs, the Secrets that were made for it. */
@Command(
    name = "delete",
    description = "Ends a capture and deletes its Jobs; files stay.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  kubectl retina capture delete --name web -n shop"})
final class DeleteCommand implements Callable<Integer> {
  private static final List<Integer> NO_CAPTURES = List.of(403, 404);

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Option(names = "--name", paramLabel = "NAME", description = "Default: retina-capture.")
  private String name = CaptureCommand.NAME;

  @Override
  public Integer call() {
    try (KubernetesClient client = cluster.connect()) {
      String namespace = cluster.namespace(client);
      List<String> deleted = new ArrayList<>();
      if (deleteCapture(client, namespace)) {
        deleted.add("capture.retina.sh/" + name);
      }
      for (Job job : JobView.jobs(client, namespace, JobView.labels(name))) {
        client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
        deleted.add("job.batch/" + job.getMetadata().getName());
      }
      if (deleted.isEmpty()) {
        throw CliException.failed(
            "there is no capture '"
                + name
                + "' in namespace "
                + namespace
                + ": see kubectl retina capture list -A");
      }
      // Those that a person made have no such labels.
      for (Secret secret :
          client
              .secrets()
              .inNamespace(namespace)
              .withLabels(JobView.labels(name))
              .list()
              .getItems()) {
        client.resource(secret).delete();
        deleted.add("secret/" + secret.getMetadata().getName());
      }
      deleted.forEach(one -> Console.answer(one + " deleted"));
      return 0;
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }

  /** A cluster without the operator has none, and who calls need not have the right to them. */
  private boolean deleteCapture(KubernetesClient client, String namespace) {
    try {
      return !client
          .resources(Capture.class)
          .inNamespace(namespace)
          .withName(name)
          .delete()
          .isEmpty();
    } catch (KubernetesClientException e) {
      if (NO_CAPTURES.contains(e.getCode())) {
        return false;
      }
      throw e;
    }
  }
}
