package sh.retina.job;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureSpec;

/** The nodes that a capture's target means now, and the pods on them. */
public final class CaptureTargets {
  private static final String OS = "kubernetes.io/os";
  private static final int FORBIDDEN = 403;

  private final KubernetesClient client;

  public CaptureTargets(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Asks the API server.
   *
   * @param namespace of the capture
   * @return one for each node, by name
   * @throws CaptureRefused when the target means nothing, or something that cannot be recorded
   */
  public List<NodeTarget> resolve(String namespace, CaptureSpec.Target target)
      throws CaptureRefused {
    LabelSelector nodes = target.nodeSelector();
    if (nodes != null) {
      return ofNodes(client.nodes().withLabelSelector(nodes).list().getItems(), text(nodes));
    }
    List<String> names = target.podNames();
    return ofPods(
        names == null || names.isEmpty() ? selected(namespace, target) : named(namespace, names));
  }

  /**
   * Nodes by name.
   *
   * @throws CaptureRefused when one is not there
   */
  public List<NodeTarget> nodes(List<String> names) throws CaptureRefused {
    List<Node> found = new ArrayList<>();
    for (String name : names) {
      Node node = client.nodes().withName(name).get();
      if (node == null) {
        throw CaptureRefused.other("there is no node '" + name + "': see kubectl get nodes");
      }
      found.add(node);
    }
    return ofNodes(found, "");
  }

  private List<NodeTarget> ofNodes(List<Node> nodes, String selector) throws CaptureRefused {
    List<NodeTarget> targets = new ArrayList<>();
    for (Node node : nodes) {
      String name = node.getMetadata().getName();
      Map<String, String> labels = node.getMetadata().getLabels();
      String system = labels == null ? "linux" : labels.getOrDefault(OS, "linux");
      if (!system.equals("linux")) {
        throw CaptureRefused.other(
            "node '%s' runs %s, and this version records on linux only: add %s=linux to the nodeSelector"
                .formatted(name, system, OS));
      }
      targets.add(new NodeTarget(name, List.of(), podsOf(name)));
    }
    if (targets.isEmpty()) {
      throw CaptureRefused.other(
          "no targets: no node has the labels "
              + selector
              + ": see kubectl get nodes --show-labels");
    }
    targets.sort(Comparator.comparing(NodeTarget::node));
    return targets;
  }

  /** Names are for the reader only: who may not list pods goes without them. */
  private Map<String, String> podsOf(String node) {
    Map<String, String> names = new TreeMap<>();
    try {
      for (Pod pod :
          client.pods().inAnyNamespace().withField("spec.nodeName", node).list().getItems()) {
        if (!Boolean.TRUE.equals(pod.getSpec().getHostNetwork()) && isRunning(pod)) {
          addresses(pod).forEach(address -> names.put(address, name(pod)));
        }
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != FORBIDDEN) {
        throw e;
      }
    }
    return names;
  }

  private List<Pod> named(String namespace, List<String> names) throws CaptureRefused {
    List<Pod> found = new ArrayList<>();
    for (String name : names) {
      Pod pod = client.pods().inNamespace(namespace).withName(name).get();
      if (pod == null) {
        throw CaptureRefused.other("there is no pod '" + name + "' in namespace " + namespace);
      }
      if (!isRunning(pod)) {
        throw CaptureRefused.other(
            "pod '" + name + "' does not run, or has no address yet: capture it when it does");
      }
      found.add(pod);
    }
    return found;
  }

  private List<Pod> selected(String namespace, CaptureSpec.Target target) throws CaptureRefused {
    LabelSelector namespaces = target.namespaceSelector();
    LabelSelector pods = target.podSelector();
    List<String> within =
        namespaces == null
            ? List.of(namespace)
            : client.namespaces().withLabelSelector(namespaces).list().getItems().stream()
                .map((Namespace one) -> one.getMetadata().getName())
                .toList();
    if (within.isEmpty()) {
      throw CaptureRefused.other("no targets: no namespace has the labels " + text(namespaces));
    }
    List<Pod> found = new ArrayList<>();
    for (String one : within) {
      var all = client.pods().inNamespace(one);
      (pods == null ? all.list() : all.withLabelSelector(pods).list())
          .getItems().stream().filter(CaptureTargets::isRunning).forEach(found::add);
    }
    if (found.isEmpty()) {
      throw CaptureRefused.other(
          "no targets: no pod with the labels %s runs in %s"
              .formatted(
                  text(pods),
                  within.size() == 1
                      ? "namespace " + within.getFirst()
                      : within.size() + " namespaces"));
    }
    return found;
  }

  private static List<NodeTarget> ofPods(List<Pod> pods) {
    Map<String, List<Pod>> byNode = new TreeMap<>();
    for (Pod pod : pods) {
      byNode.computeIfAbsent(pod.getSpec().getNodeName(), _ -> new ArrayList<>()).add(pod);
    }
    List<NodeTarget> targets = new ArrayList<>();
    byNode.forEach((node, here) -> {
      Map<String, String> names = new LinkedHashMap<>();
      here.forEach(pod -> addresses(pod).forEach(address -> names.putIfAbsent(address, name(pod))));
      targets.add(new NodeTarget(node, names.keySet().stream().sorted().toList(), names));
    });
    return targets;
  }

  private static boolean isRunning(Pod pod) {
    return pod.getSpec().getNodeName() != null
        && pod.getStatus() != null
        && "Running".equals(pod.getStatus().getPhase())
        && !addresses(pod).isEmpty();
  }

  private static List<String> addresses(Pod pod) {
    List<PodIP> all = pod.getStatus().getPodIPs();
    if (all == null || all.isEmpty()) {
      String one = pod.getStatus().getPodIP();
      return one == null || one.isEmpty() ? List.of() : List.of(one);
    }
    return all.stream().map(PodIP::getIp).filter(Objects::nonNull).toList();
  }

  private static String name(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }

  private static String text(@Nullable LabelSelector selector) {
    if (selector == null) {
      return "(any)";
    }
    Map<String, String> labels = selector.getMatchLabels();
    List<String> parts = new ArrayList<>();
    if (labels != null) {
      labels.forEach((key, value) -> parts.add(key + "=" + value));
    }
    List<LabelSelectorRequirement> more = selector.getMatchExpressions();
    if (more != null) {
      more.forEach(one ->
          parts.add(
              one.getKey()
                  + " "
                  + one.getOperator()
                  + (one.getValues() == null || one.getValues().isEmpty()
                      ? ""
                      : " " + one.getValues())));
    }
    return parts.isEmpty() ? "(any)" : parts.stream().collect(Collectors.joining(", "));
  }
}
