package sh.retina.kubernetes;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects as a scheduler, a kubelet and the controllers would, which a lone API server does
 * not have. All in one namespace.
 */
public record ClusterObjects(KubernetesClient client, String namespace) {
  private static final String HASH = "5d4f8c7b9";

  /** The namespace itself. */
  public ClusterObjects namespace(Map<String, String> labels, Map<String, String> annotations) {
    client
        .namespaces()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(namespace)
                .withLabels(labels)
                .withAnnotations(annotations)
                .endMetadata()
                .build())
        .serverSideApply();
    return this;
  }

  public void node(String name, String zone, String... addresses) {
    var node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .withLabels(Map.of("topology.kubernetes.io/zone", zone))
            .endMetadata()
            .build();
    client.nodes().resource(node).serverSideApply();
    client
        .nodes()
        .withName(name)
        .editStatus(old ->
            new NodeBuilder(old)
                .editOrNewStatus()
                .withAddresses(
                    Stream.of(addresses)
                        .map(address ->
                            new io.fabric8.kubernetes.api.model.NodeAddressBuilder()
                                .withType("InternalIP")
                                .withAddress(address)
                                .build())
                        .toList())
                .endStatus()
                .build());
  }

  /** A pod of the Deployment {@code workload}, scheduled, without a status. */
  public Pod pod(String name, String workload, String node, boolean onHostNetwork) {
    return client
        .pods()
        .inNamespace(namespace)
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(Map.of("app", workload, "pod-template-hash", HASH))
                .addNewOwnerReference()
                .withApiVersion("apps/v1")
                .withKind("ReplicaSet")
                .withName(workload + "-" + HASH)
                .withUid("6f1d2c34-0000-4000-8000-00000000abcd")
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .withHostNetwork(onHostNetwork)
                .addNewContainer()
                .withName("main")
                .withImage("none")
                .endContainer()
                .endSpec()
                .build())
        .create();
  }

  /** What a kubelet says once the pod runs. */
  public void run(String pod, String... addresses) {
    status(pod, "Running", addresses);
  }

  /** The same, with the address of its node, which RetinaEndpoints name it by. */
  public void runOn(String pod, String nodeAddress, String... addresses) {
    status(pod, "Running", nodeAddress, addresses);
  }

  public void status(String pod, String phase, String... addresses) {
    status(pod, phase, null, addresses);
  }

  private void status(String pod, String phase, @Nullable String nodeAddress, String[] addresses) {
    client
        .pods()
        .inNamespace(namespace)
        .withName(pod)
        .editStatus(old ->
            new PodBuilder(old)
                .editOrNewStatus()
                .withPhase(phase)
                .withHostIP(nodeAddress)
                .withPodIP(addresses.length == 0 ? null : addresses[0])
                .withPodIPs(Stream.of(addresses).map(PodIP::new).toList())
                .endStatus()
                .build());
  }

  /** At once, as no kubelet is there to end it. */
  public void delete(String pod) {
    client.pods().inNamespace(namespace).withName(pod).withGracePeriod(0).delete();
  }

  /** A Service and a slice that names these pods; its cluster address. */
  public String service(String name, String node, String... pods) {
    String address =
        client
            .services()
            .inNamespace(namespace)
            .resource(
                new ServiceBuilder()
                    .withNewMetadata()
                    .withName(name)
                    .endMetadata()
                    .withNewSpec()
                    .addNewPort()
                    .withPort(80)
                    .endPort()
                    .endSpec()
                    .build())
            .create()
            .getSpec()
            .getClusterIP();
    client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(namespace)
        .resource(
            new EndpointSliceBuilder()
                .withNewMetadata()
                .withName(name + "-1")
                .withLabels(Map.of("kubernetes.io/service-name", name))
                .endMetadata()
                .withAddressType("IPv4")
                .withEndpoints(
                    Stream.of(pods)
                        .map(pod ->
                            new EndpointBuilder()
                                .withAddresses(List.of("198.51.100.1"))
                                .withNodeName(node)
                                .withNewTargetRef()
                                .withKind("Pod")
                                .withNamespace(namespace)
                                .withName(pod)
                                .endTargetRef()
                                .build())
                        .toList())
                .build())
        .create();
    return address;
  }
}
