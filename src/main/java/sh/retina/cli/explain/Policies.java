package sh.retina.cli.explain;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sh.retina.event.IpAddress;
import sh.retina.event.IpPrefix;

/**
 * What NetworkPolicies say of one connection (networking.k8s.io/v1): an end that a policy selects
 * lets pass what some policy allows; one that none selects lets all pass. Whether a CNI enforces
 * them is not known here.
 *
 * @param namespaceLabels by namespace
 */
record Policies(List<NetworkPolicy> all, Map<String, Map<String, String>> namespaceLabels) {
  Policies {
    all = List.copyOf(all);
    namespaceLabels = Map.copyOf(namespaceLabels);
  }

  /**
   * One end of a connection.
   *
   * @param pod null: none, or not known
   */
  record End(@Nullable Pod pod, Set<String> addresses) {
    End {
      addresses = Set.copyOf(addresses);
    }
  }

  /** The verdicts of the ends that policies select. */
  List<Evidence.PolicyVerdict> judge(End source, End destination, int port, String protocol) {
    List<Evidence.PolicyVerdict> verdicts = new ArrayList<>();
    judge("Egress", source, destination, destination.pod(), port, protocol, verdicts);
    judge("Ingress", destination, source, destination.pod(), port, protocol, verdicts);
    return verdicts;
  }

  private void judge(
      String direction,
      End own,
      End other,
      @Nullable Pod listener,
      int port,
      String protocol,
      List<Evidence.PolicyVerdict> verdicts) {
    Pod pod = own.pod();
    if (pod == null || Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
      return;
    }
    List<String> selecting = new ArrayList<>();
    boolean isAllowed = false;
    for (NetworkPolicy policy : all) {
      if (!selects(policy, pod, direction)) {
        continue;
      }
      selecting.add(policy.getMetadata().getNamespace() + "/" + policy.getMetadata().getName());
      isAllowed |= allows(policy, direction, other, listener, port, protocol);
    }
    if (!selecting.isEmpty()) {
      verdicts.add(new Evidence.PolicyVerdict(direction, selecting, isAllowed));
    }
  }

  private static boolean selects(NetworkPolicy policy, Pod pod, String direction) {
    var spec = policy.getSpec();
    List<String> types = spec.getPolicyTypes();
    boolean isOfType =
        types == null || types.isEmpty()
            ? "Ingress".equals(direction) || !spec.getEgress().isEmpty()
            : types.contains(direction);
    return isOfType
        && policy.getMetadata().getNamespace().equals(pod.getMetadata().getNamespace())
        && matches(spec.getPodSelector(), pod.getMetadata().getLabels());
  }

  private boolean allows(
      NetworkPolicy policy,
      String direction,
      End other,
      @Nullable Pod listener,
      int port,
      String protocol) {
    String home = policy.getMetadata().getNamespace();
    return "Ingress".equals(direction)
        ? policy.getSpec().getIngress().stream()
            .anyMatch(rule ->
                isPort(rule.getPorts(), listener, port, protocol)
                    && isPeer(rule.getFrom(), home, other))
        : policy.getSpec().getEgress().stream()
            .anyMatch(rule ->
                isPort(rule.getPorts(), listener, port, protocol)
                    && isPeer(rule.getTo(), home, other));
  }

  private boolean isPeer(@Nullable List<NetworkPolicyPeer> peers, String home, End other) {
    return peers == null
        || peers.isEmpty()
        || peers.stream().anyMatch(peer -> isPeer(peer, home, other));
  }

  private boolean isPeer(NetworkPolicyPeer peer, String home, End other) {
    if (peer.getIpBlock() != null) {
      return other.addresses().stream()
          .anyMatch(address ->
              isIn(peer.getIpBlock().getCidr(), address)
                  && peer.getIpBlock().getExcept().stream()
                      .noneMatch(except -> isIn(except, address)));
    }
    Pod pod = other.pod();
    if (pod == null) {
      return false;
    }
    String namespace = pod.getMetadata().getNamespace();
    boolean isNamespace =
        peer.getNamespaceSelector() == null
            ? home.equals(namespace)
            : matches(peer.getNamespaceSelector(), namespaceLabels.get(namespace));
    return isNamespace
        && (peer.getPodSelector() == null
            || matches(peer.getPodSelector(), pod.getMetadata().getLabels()));
  }

  private static boolean isIn(String cidr, String address) {
    try {
      IpAddress parsed = IpAddress.parse(address);
      IpPrefix block = IpPrefix.parse(cidr);
      return parsed.isV4() == block.isV4()
          && (parsed.high() & block.highMask()) == block.address().high()
          && (parsed.low() & block.lowMask()) == block.address().low();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isPort(
      @Nullable List<NetworkPolicyPort> ports, @Nullable Pod listener, int port, String protocol) {
    return ports == null
        || ports.isEmpty()
        || port == 0
        || ports.stream()
            .anyMatch(one ->
                protocol.equalsIgnoreCase(Objects.requireNonNullElse(one.getProtocol(), "TCP"))
                    && isPort(one, listener, port));
  }

  private static boolean isPort(NetworkPolicyPort allowed, @Nullable Pod listener, int port) {
    IntOrString of = allowed.getPort();
    if (of == null) {
      return true;
    }
    if (of.getIntVal() != null) {
      int first = of.getIntVal();
      int last = Objects.requireNonNullElse(allowed.getEndPort(), first);
      return port >= first && port <= last;
    }
    return listener != null
        && listener.getSpec().getContainers().stream()
            .flatMap(container -> container.getPorts().stream())
            .anyMatch(one ->
                Objects.equals(one.getName(), of.getStrVal()) && one.getContainerPort() == port);
  }

  /** A selector without words selects all. */
  static boolean matches(@Nullable LabelSelector selector, @Nullable Map<String, String> labels) {
    if (selector == null) {
      return true;
    }
    Map<String, String> had = labels == null ? Map.of() : labels;
    boolean hasLabels =
        selector.getMatchLabels() == null
            || selector.getMatchLabels().entrySet().stream()
                .allMatch(wanted -> wanted.getValue().equals(had.get(wanted.getKey())));
    return hasLabels
        && selector.getMatchExpressions().stream()
            .allMatch(wanted -> {
              String value = had.get(wanted.getKey());
              return switch (wanted.getOperator()) {
                case "In" -> value != null && wanted.getValues().contains(value);
                case "NotIn" -> value == null || !wanted.getValues().contains(value);
                case "Exists" -> value != null;
                case "DoesNotExist" -> value == null;
                default -> false;
              };
            });
  }
}
