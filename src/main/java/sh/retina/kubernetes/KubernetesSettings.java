package sh.retina.kubernetes;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import sh.retina.event.IpAddress;

/**
 * What of a cluster is followed.
 *
 * @param kubeconfig path; empty: the service account of the pod that this runs in
 * @param node name of this node
 * @param nodeAddresses of this node's own interfaces, beside those that the cluster knows
 * @param pods whose
 * @param selectBy how pods of this node are chosen whose packets are looked at; by nothing: all
 * @param traces whether somebody here exports what TracesConfigurations ask for
 * @param grace how long a deleted pod is still named, unless its address is another's by then
 */
public record KubernetesSettings(
    String kubeconfig,
    String node,
    List<IpAddress> nodeAddresses,
    Pods pods,
    Set<SelectBy> selectBy,
    boolean traces,
    Duration grace) {
  public KubernetesSettings {
    nodeAddresses = List.copyOf(nodeAddresses);
    selectBy = Set.copyOf(selectBy);
  }

  /** What chooses pods; one that any of them chooses is chosen. */
  public enum SelectBy {
    /** {@code retina.sh: observe} on the pod or its namespace. */
    ANNOTATIONS,
    /** The namespaces of accepted MetricsConfigurations. */
    METRICS_CONFIGURATIONS
  }

  /** Which pods are known by name. */
  public enum Pods {
    /** Those of this node. */
    LOCAL,
    /** All, from the pods themselves. */
    ALL,
    /** Those of this node, and the others as the operator's RetinaEndpoints tell them. */
    RETINA_ENDPOINTS
  }
}
