package sh.retina.event;

import java.util.List;

/**
 * Who owns an address: what a flow is enriched with. All that is shown of it is {@link SafeText},
 * wherever it comes from. Immutable.
 *
 * @param key what identifies the object over its life: {@code namespace/pod} for a pod, else the
 *     name; empty for the constants
 * @param namespace empty where the kind has none
 * @param name pod, node or service name
 * @param workloadKind kind of the top owner, Deployment rather than ReplicaSet; empty if unknown
 * @param labels {@code key=value}, sorted
 * @param addresses all its addresses, both families
 * @param cgroupIds cgroup v2 ids of its containers
 */
public record Endpoint(
    String key,
    Kind kind,
    String namespace,
    String name,
    String workloadKind,
    String workloadName,
    String node,
    String zone,
    List<String> labels,
    List<IpAddress> addresses,
    List<Long> cgroupIds) {

  /** What kind of thing owns the address. */
  public enum Kind {
    POD,
    /** A node's own address, this one's or another's. */
    NODE,
    SERVICE,
    /** Outside the cluster: no object of the cluster owns the address. */
    WORLD,
    /** Nothing is known, and nothing follows from that. */
    UNKNOWN
  }

  /** An address that no object owns. */
  public static final Endpoint WORLD = constant(Kind.WORLD);

  /** An observation without addresses. */
  public static final Endpoint UNKNOWN = constant(Kind.UNKNOWN);

  public Endpoint {
    namespace = SafeText.TEXT.of(namespace);
    name = SafeText.TEXT.of(name);
    workloadKind = SafeText.TEXT.of(workloadKind);
    workloadName = SafeText.TEXT.of(workloadName);
    node = SafeText.TEXT.of(node);
    zone = SafeText.TEXT.of(zone);
    labels = labels.stream().map(SafeText.TEXT::of).toList();
    addresses = List.copyOf(addresses);
    cgroupIds = List.copyOf(cgroupIds);
  }

  private static Endpoint constant(Kind kind) {
    return new Endpoint("", kind, "", "", "", "", "", "", List.of(), List.of(), List.of());
  }

  public boolean isPod() {
    return kind == Kind.POD;
  }
}
