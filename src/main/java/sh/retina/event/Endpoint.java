package sh.retina.event;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Who owns an address: what a flow is enriched with. All that is shown of it is {@link SafeText},
 * wherever it comes from. Immutable.
 *
 * <p>Kind, namespace, name and UID say which object it is over its life; a pod that is made again
 * under its name has another UID. The UID is two longs, as a large cluster has a hundred thousand
 * of these.
 *
 * @param uidHigh first half of the object's UID; 0 with {@code uidLow} 0: none is known
 * @param namespace empty where the kind has none
 * @param name pod, node or service name; of an API server the node that it runs on, if it is one
 * @param workloadKind kind of the top owner, Deployment rather than ReplicaSet; empty if unknown
 * @param labels {@code key=value}, sorted
 * @param namespaceLabels of the namespace that it is in, likewise
 * @param services names of the Services of its namespace that it is a backend of, sorted
 * @param addresses all its addresses, both families; of a pod on the host's network none, as they
 *     are the node's
 * @param cgroupIds cgroup v2 ids of its containers, where its source tells them
 */
public record Endpoint(
    long uidHigh,
    long uidLow,
    Kind kind,
    String namespace,
    String name,
    String workloadKind,
    String workloadName,
    String node,
    String zone,
    List<String> labels,
    List<String> namespaceLabels,
    List<String> services,
    List<IpAddress> addresses,
    List<Long> cgroupIds) {

  /** What kind of thing owns the address. */
  public enum Kind {
    POD,
    /** A node's own address, this one's or another's. */
    NODE,
    SERVICE,
    /** Where a server of the Kubernetes API listens, on a node or elsewhere. */
    API_SERVER,
    /** Outside the cluster: no object of the cluster owns the address. */
    WORLD,
    /** Nothing is known, and nothing follows from that. */
    UNKNOWN
  }

  /** An address that no object owns. */
  public static final Endpoint WORLD = constant(Kind.WORLD);

  /** An observation without addresses, or an address while the cluster is not known yet. */
  public static final Endpoint UNKNOWN = constant(Kind.UNKNOWN);

  public Endpoint {
    namespace = SafeText.TEXT.of(namespace);
    name = SafeText.TEXT.of(name);
    workloadKind = SafeText.TEXT.of(workloadKind);
    workloadName = SafeText.TEXT.of(workloadName);
    node = SafeText.TEXT.of(node);
    zone = SafeText.TEXT.of(zone);
    labels = safe(labels);
    namespaceLabels = safe(namespaceLabels);
    services = safe(services);
    addresses = List.copyOf(addresses);
    cgroupIds = List.copyOf(cgroupIds);
  }

  /** Without a UID and what only a cluster knows. */
  public Endpoint(
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
    this(
        0,
        0,
        kind,
        namespace,
        name,
        workloadKind,
        workloadName,
        node,
        zone,
        labels,
        List.of(),
        List.of(),
        addresses,
        cgroupIds);
  }

  private static Endpoint constant(Kind kind) {
    return new Endpoint(kind, "", "", "", "", "", "", List.of(), List.of(), List.of());
  }

  /** The same list where nothing has to be made safe, so that equal lists can be one. */
  private static List<String> safe(List<String> texts) {
    for (String text : texts) {
      if (!SafeText.TEXT.of(text).equals(text)) {
        return texts.stream().map(SafeText.TEXT::of).toList();
      }
    }
    return List.copyOf(texts);
  }

  /** Whether it is the same object, perhaps in another state. */
  public boolean isSameObject(Endpoint other) {
    return kind == other.kind
        && uidHigh == other.uidHigh
        && uidLow == other.uidLow
        && name.equals(other.name)
        && namespace.equals(other.namespace);
  }

  /**
   * What identifies the object over its life, as text: {@code pod/NAMESPACE/NAME@UID}, {@code
   * node/NAME@UID}; without {@code @UID} if none is known.
   */
  public String key() {
    String path =
        kind.name().toLowerCase(Locale.ROOT)
            + (namespace.isEmpty() ? "/" : "/" + namespace + "/")
            + name;
    return hasUid() ? path + "@" + new UUID(uidHigh, uidLow) : path;
  }

  public boolean hasUid() {
    return (uidHigh | uidLow) != 0;
  }

  public boolean isPod() {
    return kind == Kind.POD;
  }
}
