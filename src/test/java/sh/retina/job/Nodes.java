package sh.retina.job;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;

/** Nodes, namespaces and pods as a cluster would report them. */
public final class Nodes {
  private Nodes() {}

  /** A node with a label of its own beside those that each has. */
  public static void create(KubernetesClient admin, String name, String key, String value) {
    admin
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(
                    Map.of("kubernetes.io/os", "linux", "kubernetes.io/hostname", name, key, value))
                .endMetadata()
                .build())
        .serverSideApply();
  }

  public static void namespace(KubernetesClient admin, String name, Map<String, String> labels) {
    admin
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build())
        .serverSideApply();
  }

  /** A pod that runs on a node. */
  public static void pod(
      KubernetesClient admin,
      String namespace,
      String name,
      Map<String, String> labels,
      String node,
      String... addresses) {
    admin
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewContainer()
                .withName("main")
                .withImage("none.invalid/none")
                .endContainer()
                .endSpec()
                .build())
        .create();
    admin
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .editStatus(pod ->
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(addresses[0])
                .withPodIPs(List.of(addresses).stream().map(PodIP::new).toList())
                .endStatus()
                .build());
  }
}
