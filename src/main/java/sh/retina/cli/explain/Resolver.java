package sh.retina.cli.explain;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the API server what the two ends are, with the rights of who asks: pods, Service,
 * EndpointSlices, NetworkPolicies. What may not be read is a gap, not a failure. Not thread-safe.
 */
public final class Resolver {
  private final @Nullable KubernetesClient client;
  private final List<String> gaps = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /**
   * What is known of both ends.
   *
   * @param nodeOf node by address of the pods of both ends that have a network of their own
   */
  public record Resolved(
      Question question, Evidence.Objects objects, Map<String, String> nodeOf, List<String> gaps) {
    public Resolved {
      nodeOf = Map.copyOf(nodeOf);
      gaps = List.copyOf(gaps);
    }
  }

  /** {@code client}: null: there is no cluster, only addresses. */
  public Resolver(@Nullable KubernetesClient client) {
    this.client = client;
  }

  /** Throws IllegalArgumentException for an end that needs a cluster where there is none. */
  public Resolved resolve(Target from, Target to, String protocol) {
    List<Pod> sources = pod(from, true).stream().toList();
    Target wanted = to.isDnsName() ? to.asService() : to;
    Service service = service(wanted, to);
    List<Pod> pods = new ArrayList<>();
    Set<String> addresses = new LinkedHashSet<>(to.address());
    Set<Integer> ports = new LinkedHashSet<>();
    Evidence.Service told = null;
    int port = to.portNumber();
    if (service != null) {
      ServiceFacts facts =
          ServiceFacts.read(Objects.requireNonNull(client), service, to.port(), gaps);
      told = facts.told();
      pods.addAll(facts.pods());
      addresses.addAll(facts.addresses());
      port = facts.port() == 0 ? port : facts.port();
      if (told.targetPort() != 0) {
        ports.add(told.targetPort());
      }
    } else if (!to.isAddress() && !to.isDnsName()) {
      pods.addAll(pod(to, !"svc".equals(to.kind())));
    } else if (to.isAddress()) {
      pods.addAll(podsAt(to.name()));
    }
    pods.forEach(pod -> addresses.addAll(addresses(pod)));
    if (port != 0) {
      ports.add(port);
    }
    Set<String> sourceAddresses = new LinkedHashSet<>(from.address());
    sources.forEach(pod -> sourceAddresses.addAll(addresses(pod)));
    int arriving = told != null && told.targetPort() != 0 ? told.targetPort() : port;
    Evidence.Objects objects =
        new Evidence.Objects(
            missing,
            told,
            pods.stream().map(Resolver::told).toList(),
            policies(
                new Policies.End(sources.isEmpty() ? null : sources.getFirst(), sourceAddresses),
                new Policies.End(pods.isEmpty() ? null : pods.getFirst(), addresses),
                arriving,
                protocol));
    Map<String, String> nodeOf = new HashMap<>();
    Stream.concat(sources.stream(), pods.stream())
        .filter(pod -> !Boolean.TRUE.equals(pod.getSpec().getHostNetwork()))
        .filter(pod -> pod.getSpec().getNodeName() != null)
        .forEach(pod ->
            addresses(pod).forEach(address -> nodeOf.put(address, pod.getSpec().getNodeName())));
    return new Resolved(
        new Question(
            from.text(),
            sourceAddresses,
            to.text(),
            addresses,
            to.isDnsName() ? to.name() : "",
            port,
            ports,
            protocol,
            null,
            null),
        objects,
        nodeOf,
        gaps);
  }

  private @Nullable Service service(Target wanted, Target asked) {
    boolean isPossible = !wanted.isAddress() && !wanted.isDnsName() && !"pod".equals(wanted.kind());
    if (client == null || !isPossible) {
      return null;
    }
    if (wanted.kind().isEmpty() && pod(wanted) != null) {
      return null;
    }
    Service found =
        reading(
            "Services",
            () -> client.services().inNamespace(wanted.namespace()).withName(wanted.name()).get());
    if (found == null && "svc".equals(asked.kind())) {
      missing.add("Service " + wanted.namespace() + "/" + wanted.name());
    }
    return found;
  }

  private @Nullable Pod pod(Target target) {
    KubernetesClient cluster = client;
    return cluster == null
        ? null
        : reading(
            "pods",
            () -> cluster.pods().inNamespace(target.namespace()).withName(target.name()).get());
  }

  private List<Pod> pod(Target target, boolean isNeeded) {
    if (target.isAddress()) {
      return podsAt(target.name());
    }
    if (target.isDnsName() || client == null) {
      throw new IllegalArgumentException(
          target.text() + ": a pod is known by a cluster only; give an address, or --kubeconfig");
    }
    Pod found = pod(target);
    if (found == null && isNeeded) {
      missing.add("pod " + target.namespace() + "/" + target.name());
    }
    return found == null ? List.of() : List.of(found);
  }

  private List<Pod> podsAt(String address) {
    KubernetesClient cluster = client;
    if (cluster == null) {
      return List.of();
    }
    List<Pod> found =
        reading(
            "pods",
            () ->
                cluster
                    .pods()
                    .inAnyNamespace()
                    .withField("status.podIP", address)
                    .list()
                    .getItems());
    return found == null
        ? List.of()
        : found.stream()
            .filter(pod -> !Boolean.TRUE.equals(pod.getSpec().getHostNetwork()))
            .filter(pod -> !List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
            .toList();
  }

  private List<Evidence.PolicyVerdict> policies(
      Policies.End source, Policies.End destination, int port, String protocol) {
    KubernetesClient cluster = client;
    if (cluster == null || source.pod() == null && destination.pod() == null) {
      return List.of();
    }
    var policies =
        reading(
            "NetworkPolicies",
            () -> cluster.network().v1().networkPolicies().inAnyNamespace().list().getItems());
    if (policies == null || policies.isEmpty()) {
      return List.of();
    }
    Map<String, Map<String, String>> labels = new LinkedHashMap<>();
    var namespaces = reading("namespaces", () -> cluster.namespaces().list().getItems());
    if (namespaces != null) {
      namespaces.forEach(one ->
          labels.put(
              one.getMetadata().getName(),
              Objects.requireNonNullElse(one.getMetadata().getLabels(), Map.of())));
    }
    return new Policies(policies, labels).judge(source, destination, port, protocol);
  }

  private <T> @Nullable T reading(String what, java.util.function.Supplier<@Nullable T> reader) {
    try {
      return reader.get();
    } catch (KubernetesClientException e) {
      String gap =
          what + " could not be read: " + (e.getStatus() == null ? e : e.getStatus().getMessage());
      if (!gaps.contains(gap)) {
        gaps.add(gap);
      }
      return null;
    }
  }

  static Set<String> addresses(Pod pod) {
    Set<String> all = new LinkedHashSet<>();
    if (pod.getStatus() != null) {
      if (pod.getStatus().getPodIP() != null) {
        all.add(pod.getStatus().getPodIP());
      }
      for (PodIP one : pod.getStatus().getPodIPs()) {
        all.add(one.getIp());
      }
    }
    return all;
  }

  static Evidence.Pod told(Pod pod) {
    return new Evidence.Pod(
        pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName(),
        Objects.requireNonNullElse(pod.getSpec().getNodeName(), ""),
        PodState.of(pod),
        PodState.isReady(pod),
        pod.getSpec().getContainers().stream()
            .flatMap(container -> container.getPorts().stream())
            .map(port -> Objects.requireNonNullElse(port.getContainerPort(), 0))
            .collect(Collectors.toSet()));
  }
}
