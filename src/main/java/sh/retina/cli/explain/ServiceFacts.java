package sh.retina.cli.explain;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A Service with its EndpointSlices and pods.
 *
 * @param port the one that is asked for, as a number; 0: none, or not there
 * @param pods that it selects
 * @param addresses of itself and of its endpoints
 */
record ServiceFacts(Evidence.Service told, int port, List<Pod> pods, Set<String> addresses) {
  ServiceFacts {
    pods = List.copyOf(pods);
    addresses = Set.copyOf(addresses);
  }

  static ServiceFacts read(
      KubernetesClient client, Service service, String askedPort, List<String> gaps) {
    String namespace = service.getMetadata().getNamespace();
    String name = service.getMetadata().getName();
    Map<String, String> selector =
        new TreeMap<>(Objects.requireNonNullElse(service.getSpec().getSelector(), Map.of()));
    List<Pod> pods = new ArrayList<>();
    List<EndpointSlice> slices = new ArrayList<>();
    try {
      slices.addAll(
          client
              .discovery()
              .v1()
              .endpointSlices()
              .inNamespace(namespace)
              .withLabel("kubernetes.io/service-name", name)
              .list()
              .getItems());
      if (!selector.isEmpty()) {
        pods.addAll(client.pods().inNamespace(namespace).withLabels(selector).list().getItems());
      }
    } catch (KubernetesClientException e) {
      gaps.add("endpoints of " + name + " could not be read: " + e.getMessage());
    }
    Set<String> addresses = new LinkedHashSet<>(service.getSpec().getClusterIPs());
    addresses.remove("None");
    List<String> ready = new ArrayList<>();
    List<String> notReady = new ArrayList<>();
    for (EndpointSlice slice : slices) {
      for (Endpoint endpoint :
          Objects.requireNonNullElse(slice.getEndpoints(), List.<Endpoint>of())) {
        addresses.addAll(endpoint.getAddresses());
        boolean isReady =
            endpoint.getConditions() == null
                || !Boolean.FALSE.equals(endpoint.getConditions().getReady());
        (isReady ? ready : notReady).add(words(endpoint));
      }
    }
    List<ServicePort> ports = service.getSpec().getPorts();
    Optional<ServicePort> asked =
        ports.stream()
            .filter(one ->
                askedPort.isEmpty()
                    || askedPort.equals(String.valueOf(one.getPort()))
                    || askedPort.equals(one.getName()))
            .findFirst();
    return new ServiceFacts(
        new Evidence.Service(
            namespace + "/" + name,
            ports.stream().map(ServiceFacts::words).toList(),
            asked.isPresent(),
            asked.map(one -> target(one, slices, pods)).orElse(0),
            asked.map(one -> String.valueOf(targetValue(one))).orElse(""),
            ready,
            notReady,
            selector.isEmpty() ? "" : selector.toString()),
        asked.map(ServicePort::getPort).orElse(0),
        pods,
        addresses);
  }

  private static String words(Endpoint endpoint) {
    String addresses = String.join(",", endpoint.getAddresses());
    return endpoint.getTargetRef() == null
        ? addresses
        : addresses + " (" + endpoint.getTargetRef().getName() + ")";
  }

  private static String words(ServicePort port) {
    String name = port.getName() == null ? "" : port.getName() + " ";
    return name + port.getPort() + "/" + Objects.requireNonNullElse(port.getProtocol(), "TCP");
  }

  private static Object targetValue(ServicePort port) {
    if (port.getTargetPort() == null) {
      return port.getPort();
    }
    return port.getTargetPort().getStrVal() != null
        ? port.getTargetPort().getStrVal()
        : port.getTargetPort().getIntVal();
  }

  /** Where pods are reached: as the slices say it, else as the Service and its pods do. */
  private static int target(ServicePort port, List<EndpointSlice> slices, List<Pod> pods) {
    String name = Objects.requireNonNullElse(port.getName(), "");
    Optional<Integer> told =
        slices.stream()
            .flatMap(slice ->
                Objects.requireNonNullElse(slice.getPorts(), List.<EndpointPort>of()).stream())
            .filter(one -> name.equals(Objects.requireNonNullElse(one.getName(), "")))
            .map(one -> Objects.requireNonNullElse(one.getPort(), 0))
            .findFirst();
    if (told.isPresent()) {
      return told.get();
    }
    if (!(targetValue(port) instanceof String word)) {
      return (Integer) targetValue(port);
    }
    return pods.stream()
        .flatMap(pod -> pod.getSpec().getContainers().stream())
        .flatMap(container -> container.getPorts().stream())
        .filter(one -> word.equals(one.getName()))
        .map(one -> Objects.requireNonNullElse(one.getContainerPort(), 0))
        .findFirst()
        .orElse(0);
  }
}
