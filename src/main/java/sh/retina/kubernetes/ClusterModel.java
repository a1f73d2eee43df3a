package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import sh.retina.identity.ContextChange;

/**
 * The cluster's objects joined: what a pod's own object does not say of it comes from its node, its
 * namespace and the slices of Services. Each change of an object makes those dirty that it says
 * something of; {@link #changes} tells what became of them. Thread-safe.
 */
final class ClusterModel {
  /** How long the first lists wait for each other before what there is is told. */
  private static final long FIRST_LISTS_NS = 3_000_000_000L;

  private static final String POD = "pod/";
  private static final String API_SERVER = "apiserver/";

  private final KubernetesSettings settings;
  private final Interner interner;
  private final Runnable onChange;
  private final Set<String> awaited;
  private boolean isAnnounced;
  private long firstListNs;

  private final Map<String, Map<String, ClusterObject>> objects = new HashMap<>();
  private final Backends backends = new Backends();
  private final Map<IpAddress, String> nodeByAddress = new HashMap<>();
  private final Set<String> dirty = new LinkedHashSet<>();
  private final Set<String> apiServers = new HashSet<>();
  private boolean isApiDirty;
  private final Emissions emissions;

  /**
   * @param awaited names of the resources that belong to a complete picture
   * @param onChange is told that there is something to take; any thread, while locks are held
   */
  ClusterModel(
      KubernetesSettings settings, Set<String> awaited, Interner interner, Runnable onChange) {
    this.settings = settings;
    this.awaited = new HashSet<>(awaited);
    this.interner = interner;
    this.onChange = onChange;
    this.emissions = new Emissions(settings.grace());
  }

  /** All there is of a resource: others that were known are gone. */
  synchronized void replace(String resource, List<ClusterObject> all) {
    Set<String> kept = new HashSet<>();
    all.forEach(object -> kept.add(object.key()));
    for (String key : List.copyOf(of(resource).keySet())) {
      if (!kept.contains(key)) {
        change(resource, key, null);
      }
    }
    all.forEach(object -> change(resource, object.key(), object));
    awaited.remove(resource);
    onChange.run();
  }

  synchronized void put(String resource, ClusterObject object) {
    change(resource, object.key(), object);
    onChange.run();
  }

  synchronized void remove(String resource, ClusterObject object) {
    change(resource, object.key(), null);
    onChange.run();
  }

  /** The picture is as complete without it as it gets: the server refuses to tell. */
  synchronized void doWithout(String resource) {
    awaited.remove(resource);
    onChange.run();
  }

  synchronized int count(String resource) {
    return of(resource).size();
  }

  /** What is to be journalled since the last call. */
  synchronized List<ContextChange> changes(long nowNs) {
    firstListNs = firstListNs == 0 && !objects.isEmpty() ? nowNs : firstListNs;
    if (!awaited.isEmpty() && (firstListNs == 0 || nowNs - firstListNs < FIRST_LISTS_NS)) {
      return List.of();
    }
    for (String name : dirty) {
      emissions.state(name, state(name), nowNs);
    }
    dirty.clear();
    if (isApiDirty) {
      isApiDirty = false;
      tellApiServers(nowNs);
    }
    if (!isAnnounced && awaited.isEmpty()) {
      isAnnounced = true;
      emissions.add(new ContextChange.ClusterAwaited(false));
    }
    return emissions.take(nowNs);
  }

  /** Addresses of pods of this node whose packets are to be looked at; empty: of all. */
  synchronized Optional<Set<IpAddress>> selected() {
    Selection selection =
        new Selection(
            settings.selectBy().contains(KubernetesSettings.SelectBy.ANNOTATIONS),
            configurations());
    if (selection.isEverything()) {
      return Optional.empty();
    }
    Set<IpAddress> addresses = new HashSet<>();
    for (ClusterObject object : of("pods").values()) {
      if (object instanceof ClusterObject.Pod pod
          && pod.endpoint().node().equals(settings.node())
          && !pod.isOver()
          && selection.covers(
              pod, (ClusterObject.Namespace) of("namespaces").get(pod.endpoint().namespace()))) {
        addresses.addAll(pod.endpoint().addresses());
      }
    }
    return Optional.of(addresses);
  }

  /** What accepted MetricsConfigurations ask for, in the order of their names. */
  synchronized List<MetricWish> wishes() {
    return configurations().stream()
        .filter(ClusterObject.Metrics::isAccepted)
        .sorted(Comparator.comparing(ClusterObject.Metrics::name))
        .flatMap(of -> of.metrics().stream())
        .toList();
  }

  /** What accepted TracesConfigurations ask for, in the order of their names. */
  synchronized List<TraceWish> traces() {
    return of("tracesconfigurations").values().stream()
        .map(ClusterObject.Traces.class::cast)
        .sorted(Comparator.comparing(ClusterObject.Traces::name))
        .flatMap(of -> of.wishes().stream())
        .toList();
  }

  private List<ClusterObject.Metrics> configurations() {
    return of("metricsconfigurations").values().stream()
        .map(ClusterObject.Metrics.class::cast)
        .toList();
  }

  /** Whether the first lists are there. */
  synchronized boolean isComplete() {
    return awaited.isEmpty();
  }

  /** Where the API is served, {@code address:port}. */
  synchronized List<String> apiServers() {
    List<String> all = new ArrayList<>();
    for (ClusterObject object : of("endpointslices").values()) {
      ClusterObject.Slice slice = (ClusterObject.Slice) object;
      for (IpAddress address : slice.addresses()) {
        all.add((address.isV4() ? address : "[" + address + "]") + ":" + slice.port());
      }
    }
    all.sort(null);
    return all;
  }

  private Map<String, ClusterObject> of(String resource) {
    return objects.computeIfAbsent(resource, _ -> new HashMap<>());
  }

  private void change(String resource, String key, @Nullable ClusterObject now) {
    Map<String, ClusterObject> all = of(resource);
    ClusterObject before = now == null ? all.remove(key) : all.put(key, now);
    if (Objects.equals(before, now)) {
      return;
    }
    switch (now == null ? Objects.requireNonNull(before) : now) {
      case ClusterObject.Pod _ -> dirty.add(POD + key);
      case ClusterObject.Service _ -> dirty.add("service/" + key);
      case ClusterObject.Slice _ -> slice((ClusterObject.Slice) before, (ClusterObject.Slice) now);
      case ClusterObject.Node _ -> node((ClusterObject.Node) before, (ClusterObject.Node) now);
      case ClusterObject.Namespace(var name, _, _) -> podsOf("", name + "/", List.of());
      case ClusterObject.Metrics _, ClusterObject.Traces _ -> {
        // Asked for where the selection is made.
      }
    }
  }

  private void slice(ClusterObject.@Nullable Slice before, ClusterObject.@Nullable Slice now) {
    if (before != null) {
      backends.remove(before);
      before.pods().forEach(pod -> dirty.add(POD + before.namespace() + "/" + pod));
      isApiDirty |= !before.addresses().isEmpty();
    }
    if (now != null) {
      backends.add(now);
      now.pods().forEach(pod -> dirty.add(POD + now.namespace() + "/" + pod));
      isApiDirty |= !now.addresses().isEmpty();
    }
  }

  private void node(ClusterObject.@Nullable Node before, ClusterObject.@Nullable Node now) {
    Endpoint endpoint = Objects.requireNonNull(now == null ? before : now).endpoint();
    if (before != null) {
      before.endpoint().addresses().forEach(nodeByAddress::remove);
    }
    if (now != null) {
      now.endpoint().addresses().forEach(address -> nodeByAddress.put(address, endpoint.name()));
    }
    dirty.add("node/" + endpoint.name());
    isApiDirty = true;
    podsOf(endpoint.name(), "", endpoint.addresses());
  }

  /** Pods of a node, by its name or an address, or of a namespace, by the start of their keys. */
  private void podsOf(String node, String prefix, List<IpAddress> nodeAddresses) {
    for (String resource : List.of("pods", "retinaendpoints")) {
      of(resource)
          .forEach((key, object) -> {
            ClusterObject.Pod pod = (ClusterObject.Pod) object;
            if (prefix.isEmpty()
                ? pod.endpoint().node().equals(node)
                    || Draft.address(pod.nodeIp()).filter(nodeAddresses::contains).isPresent()
                : key.startsWith(prefix)) {
              dirty.add(POD + key);
            }
          });
    }
  }

  private @Nullable Endpoint state(String name) {
    int kindEnd = name.indexOf('/');
    String key = name.substring(kindEnd + 1);
    return switch (name.substring(0, kindEnd)) {
      case "pod" -> pod(key);
      case "service" ->
          of("services").get(key) instanceof ClusterObject.Service(var endpoint) ? endpoint : null;
      default ->
          of("nodes").get(key) instanceof ClusterObject.Node(var endpoint)
              ? withOwnAddresses(endpoint)
              : null;
    };
  }

  private @Nullable Endpoint pod(String key) {
    // What the pod says itself is newer than what the operator says of it.
    ClusterObject object = of("pods").get(key);
    if (object == null) {
      object = of("retinaendpoints").get(key);
    }
    if (!(object instanceof ClusterObject.Pod(var own, var nodeIp, _, var isOver)) || isOver) {
      return null;
    }
    String node = own.node();
    if (node.isEmpty()) {
      node =
          Draft.address(nodeIp).map(address -> nodeByAddress.getOrDefault(address, "")).orElse("");
    }
    if (node.isEmpty() && own.addresses().isEmpty()) {
      return null; // waits to be scheduled
    }
    String zone =
        of("nodes").get(node) instanceof ClusterObject.Node(var of) ? of.zone() : own.zone();
    List<String> namespaceLabels =
        of("namespaces").get(own.namespace()) instanceof ClusterObject.Namespace(_, var labels, _)
            ? labels
            : List.of();
    return new Endpoint(
        own.uidHigh(),
        own.uidLow(),
        own.kind(),
        own.namespace(),
        own.name(),
        own.workloadKind(),
        own.workloadName(),
        node,
        zone,
        own.labels(),
        namespaceLabels,
        interner.one(backends.of(key)),
        own.addresses(),
        List.of());
  }

  /** This node has addresses that the cluster does not know, such as those of bridges. */
  private Endpoint withOwnAddresses(Endpoint node) {
    if (!node.name().equals(settings.node())) {
      return node;
    }
    Set<IpAddress> addresses = new LinkedHashSet<>(node.addresses());
    addresses.addAll(settings.nodeAddresses());
    return new Endpoint(
        Endpoint.Kind.NODE,
        "",
        node.name(),
        "",
        "",
        node.node(),
        node.zone(),
        node.labels(),
        List.copyOf(addresses),
        List.of());
  }

  /** One object per node that serves the API, and one for all that serve it elsewhere. */
  private void tellApiServers(long nowNs) {
    Map<String, List<IpAddress>> byNode = new TreeMap<>();
    of("endpointslices")
        .values()
        .forEach(object ->
            ((ClusterObject.Slice) object)
                .addresses()
                .forEach(address ->
                    byNode
                        .computeIfAbsent(
                            nodeByAddress.getOrDefault(address, ""), _ -> new ArrayList<>())
                        .add(address)));
    for (String node : List.copyOf(apiServers)) {
      if (!byNode.containsKey(node)) {
        apiServers.remove(node);
        emissions.state(API_SERVER + node, null, nowNs);
      }
    }
    byNode.forEach((node, addresses) -> {
      apiServers.add(node);
      String zone = of("nodes").get(node) instanceof ClusterObject.Node(var of) ? of.zone() : "";
      emissions.state(
          API_SERVER + node,
          new Endpoint(
              Endpoint.Kind.API_SERVER,
              "",
              node,
              "",
              "",
              node,
              zone,
              List.of(),
              addresses,
              List.of()),
          nowNs);
    });
  }
}
