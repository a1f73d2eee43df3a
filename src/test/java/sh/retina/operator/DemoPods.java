package sh.retina.operator;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Pods as a kubelet would report them; no node runs them. */
final class DemoPods {
  private final KubernetesClient client;
  private final String namespace;

  DemoPods(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .serverSideApply();
  }

  /** Created, not started: without an address. */
  Pod create(String name, boolean hostNetwork) {
    return client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .withLabels(Map.of("app", name))
                .withAnnotations(Map.of("retina.sh", "observe", "other.io/long", "x".repeat(500)))
                .addNewOwnerReference()
                .withApiVersion("apps/v1")
                .withKind("ReplicaSet")
                .withName("web-5d8")
                .withUid("11111111-2222-3333-4444-555555555555")
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .withNodeName("node-1")
                .withHostNetwork(hostNetwork)
                .withTerminationGracePeriodSeconds(0L)
                .addNewContainer()
                .withName("web")
                .withImage("none.invalid/none")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  /** Runs from now on, at these addresses. */
  Pod run(String name, String... ips) {
    return report(name, "Running", ips);
  }

  Pod report(String name, String phase, String... ips) {
    return client
        .pods()
        .inNamespace(namespace)
        .withName(name)
        .editStatus(pod ->
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase(phase)
                .withHostIP("10.240.0.4")
                .withPodIP(ips[0])
                .withPodIPs(List.of(ips).stream().map(PodIP::new).toList())
                .addNewContainerStatus()
                .withName("web")
                .withImage("none")
                .withImageID("")
                .withReady(true)
                .withRestartCount(0)
                .withContainerID("containerd://" + name)
                .endContainerStatus()
                .endStatus()
                .build());
  }

  Pod start(String name, String... ips) {
    create(name, false);
    return run(name, ips);
  }

  void delete(String name) {
    client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
  }

  /** The uid that an endpoint should be owned by. */
  static String uid(Pod pod) {
    return Objects.requireNonNull(pod.getMetadata().getUid());
  }
}
