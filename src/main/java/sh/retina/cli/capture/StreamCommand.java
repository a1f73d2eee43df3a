package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.cli.Cluster;
import sh.retina.cli.ClusterOptions;
import sh.retina.cli.Console;
import sh.retina.crd.CaptureSpec;
import sh.retina.job.CaptureJobs;
import sh.retina.job.CaptureRefused;
import sh.retina.job.HelperPods;
import sh.retina.job.JobSettings;
import sh.retina.job.NodeTarget;

/** Packets of a node as they come: no file, no Job. */
@Command(
    name = "stream",
    description = "Writes packets of one node to standard output as they come, as pcapng.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  kubectl retina capture stream --node-names node-1 --pcap-filter 'tcp port 443' | wireshark -k -i -",
      "  kubectl retina capture stream --pod-names web-0 -n shop --duration 1h | tshark -r -"
    })
final class StreamCommand implements Callable<Integer> {
  @Mixin private ClusterOptions cluster = new ClusterOptions();
  @Mixin private TargetOptions target = new TargetOptions();
  @Mixin private RecordOptions record = new RecordOptions();
  @Mixin private Image image = new Image();

  @Option(names = "--name", paramLabel = "NAME", description = "Default: retina-capture.")
  private String name = CaptureCommand.NAME;

  @Override
  public Integer call() throws InterruptedException {
    CaptureSpec.Configuration configuration = record.configuration(target.target());
    try (KubernetesClient client = cluster.connect()) {
      String namespace = cluster.namespace(client);
      List<NodeTarget> nodes = target.resolve(client, namespace);
      if (nodes.size() > 1) {
        throw CliException.usage(
            "a stream is of one node, and the target is "
                + nodes.size()
                + ": "
                + nodes.stream().map(NodeTarget::node).limit(5).collect(Collectors.joining(", "))
                + ": choose by --node-names");
      }
      NodeTarget node = nodes.getFirst();
      String[] words = words(namespace, configuration, node);
      JobSettings settings = JobSettings.ofImage(image.find(client), JobSettings.HOST_PATH_BASE);
      try (HelperPod pod =
          HelperPod.start(
              client, new HelperPods(settings).recorder(namespace, name, node.node()))) {
        return pod.run(Console.bytes(), words);
      }
    } catch (CaptureRefused e) {
      throw CliException.failed(String.valueOf(e.getMessage()));
    } catch (KubernetesClientException e) {
      throw CliException.failed(Cluster.reason(e));
    }
  }

  /** The worker's words, as a Job would have them in its environment. */
  private String[] words(String namespace, CaptureSpec.Configuration configuration, NodeTarget node)
      throws CaptureRefused {
    CaptureSpec spec =
        new CaptureSpec(
            configuration,
            new CaptureSpec.Output(null, null, null, null),
            null,
            null,
            null,
            null,
            null);
    List<String> words = new ArrayList<>(List.of("capture-worker", "--stdout"));
    for (EnvVar variable :
        CaptureJobs.environment(new CaptureJobs.Identity(namespace, name, "", null), spec, node)) {
      String option = CaptureJobs.option(variable.getName());
      if (option != null) {
        words.add("--" + option + "=" + variable.getValue());
      }
    }
    return words.toArray(String[]::new);
  }
}
