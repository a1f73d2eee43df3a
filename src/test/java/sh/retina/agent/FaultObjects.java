package sh.retina.agent;

import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import sh.retina.kubernetes.ClusterObjects;

/** Objects as controllers and kubelets would leave them where something is wrong. */
record FaultObjects(KubernetesClient client, ClusterObjects objects) {
  /** {@code pods}: selected, by their workload; {@code addresses}: ready endpoints. */
  void service(String name, int port, int targetPort, List<String> pods, String... addresses) {
    client
        .services()
        .inNamespace(objects.namespace())
        .resource(
            new ServiceBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withSelector(Map.of("app", pods.isEmpty() ? "nobody" : pods.getFirst()))
                .addNewPort()
                .withName("http")
                .withPort(port)
                .withTargetPort(new IntOrString(targetPort))
                .endPort()
                .endSpec()
                .build())
        .create();
    client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(objects.namespace())
        .resource(
            new EndpointSliceBuilder()
                .withNewMetadata()
                .withName(name + "-1")
                .withLabels(Map.of("kubernetes.io/service-name", name))
                .endMetadata()
                .withAddressType("IPv4")
                .withPorts(new EndpointPortBuilder().withName("http").withPort(targetPort).build())
                .withEndpoints(
                    List.of(addresses).stream()
                        .map(address ->
                            new EndpointBuilder()
                                .withAddresses(address)
                                .withNewConditions()
                                .withReady(true)
                                .endConditions()
                                .build())
                        .toList())
                .build())
        .create();
  }

  /** Runs and is not ready. */
  void lazyPod(String name, String address) {
    objects.pod(name, name, ExplainIT.NODE, false);
    status(
        name,
        pod ->
            pod.editOrNewStatus()
                .withPhase("Running")
                .withPodIP(address)
                .withPodIPs(new PodIP(address))
                .withConditions(
                    new PodConditionBuilder().withType("Ready").withStatus("False").build())
                .endStatus());
  }

  /** Its container ends as soon as it is started. */
  void crashingPod(String name) {
    objects.pod(name, name, ExplainIT.NODE, false);
    status(
        name,
        pod ->
            pod.editOrNewStatus()
                .withPhase("Running")
                .withConditions(
                    new PodConditionBuilder().withType("Ready").withStatus("False").build())
                .withContainerStatuses(
                    new ContainerStatusBuilder()
                        .withName("main")
                        .withImage("none")
                        .withImageID("none")
                        .withRestartCount(7)
                        .withReady(false)
                        .withNewState()
                        .withNewWaiting()
                        .withReason("CrashLoopBackOff")
                        .endWaiting()
                        .endState()
                        .withNewLastState()
                        .withNewTerminated()
                        .withExitCode(137)
                        .endTerminated()
                        .endLastState()
                        .build())
                .endStatus());
  }

  /** The scheduler finds no node. */
  void homelessPod(String name) {
    objects.pod(name, name, "", false);
    status(
        name,
        pod ->
            pod.editOrNewStatus()
                .withPhase("Pending")
                .withConditions(
                    new PodConditionBuilder()
                        .withType("PodScheduled")
                        .withStatus("False")
                        .withReason("Unschedulable")
                        .withMessage("0/3 nodes are available")
                        .build())
                .endStatus());
  }

  private void status(String name, java.util.function.UnaryOperator<PodBuilder> change) {
    client
        .pods()
        .inNamespace(objects.namespace())
        .withName(name)
        .editStatus(old -> change.apply(new PodBuilder(old)).build());
  }

  /** Pods of a workload take TCP at one port only. */
  void allowOnly(String workload, int port) {
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(objects.namespace())
        .resource(
            new NetworkPolicyBuilder()
                .withNewMetadata()
                .withName("only")
                .endMetadata()
                .withNewSpec()
                .withNewPodSelector()
                .addToMatchLabels("app", workload)
                .endPodSelector()
                .addNewIngress()
                .addNewPort()
                .withPort(new IntOrString(port))
                .withProtocol("TCP")
                .endPort()
                .endIngress()
                .endSpec()
                .build())
        .create();
  }

  void allowAll() {
    client.network().v1().networkPolicies().inNamespace(objects.namespace()).delete();
  }
}
