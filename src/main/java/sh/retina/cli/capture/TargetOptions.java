package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.crd.CaptureSpec;
import sh.retina.job.CaptureRefused;
import sh.retina.job.CaptureTargets;
import sh.retina.job.NodeTarget;

/** Whose packets: of nodes or of pods. */
final class TargetOptions {
  private static final String LINUX = "kubernetes.io/os=linux";
  private static final String HOST = "kubernetes.io/hostname";

  @Option(names = "--node-names", split = ",", paramLabel = "NAME", description = "Nodes by name.")
  private List<String> nodeNames = List.of();

  @Option(
      names = "--node-selectors",
      paramLabel = "LABELS",
      description = "Nodes by label. Default: kubernetes.io/os=linux, where nothing else is given.")
  private String nodeSelectors = "";

  @Option(
      names = "--pod-names",
      split = ",",
      paramLabel = "NAME",
      description = "Pods of the namespace by name.")
  private List<String> podNames = List.of();

  @Option(names = "--pod-selectors", paramLabel = "LABELS", description = "Pods by label.")
  private String podSelectors = "";

  @Option(
      names = "--namespace-selectors",
      paramLabel = "LABELS",
      description = "Pods of namespaces by label.")
  private String namespaceSelectors = "";

  /** As a Capture has it. */
  CaptureSpec.Target target() {
    List<String> nodes = nonEmpty(nodeNames);
    List<String> pods = nonEmpty(podNames);
    int groups =
        (nodes.isEmpty() && nodeSelectors.isBlank() ? 0 : 1)
            + (pods.isEmpty() ? 0 : 1)
            + (podSelectors.isBlank() && namespaceSelectors.isBlank() ? 0 : 1);
    if (groups > 1 || (!nodes.isEmpty() && !nodeSelectors.isBlank())) {
      throw CliException.usage(
          "whose packets? one of --node-names, --node-selectors, --pod-names, and --pod-selectors"
              + " with --namespace-selectors");
    }
    if (!pods.isEmpty()) {
      return new CaptureSpec.Target(null, null, null, pods);
    }
    if (!podSelectors.isBlank() || !namespaceSelectors.isBlank()) {
      return new CaptureSpec.Target(
          null,
          namespaceSelectors.isBlank()
              ? null
              : Labels.parse("--namespace-selectors", namespaceSelectors),
          podSelectors.isBlank() ? null : Labels.parse("--pod-selectors", podSelectors),
          null);
    }
    LabelSelector selector =
        nodes.isEmpty()
            ? Labels.parse("--node-selectors", nodeSelectors.isBlank() ? LINUX : nodeSelectors)
            : new LabelSelectorBuilder()
                .addNewMatchExpression()
                .withKey(HOST)
                .withOperator("In")
                .withValues(nodes)
                .endMatchExpression()
                .build();
    return new CaptureSpec.Target(selector, null, null, null);
  }

  /** What it means now. */
  List<NodeTarget> resolve(KubernetesClient client, String namespace) throws CaptureRefused {
    CaptureTargets targets = new CaptureTargets(client);
    List<String> nodes = nonEmpty(nodeNames);
    CaptureSpec.Target target = target();
    return nodes.isEmpty() ? targets.resolve(namespace, target) : targets.nodes(nodes);
  }

  static List<String> nonEmpty(List<String> words) {
    return words.stream().map(String::strip).filter(word -> !word.isEmpty()).toList();
  }
}
