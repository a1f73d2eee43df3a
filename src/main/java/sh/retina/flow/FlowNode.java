package sh.retina.flow;

/**
 * The node and the agent that flows are told by. Immutable.
 *
 * @param name the Kubernetes node name
 * @param cluster the cluster's name; empty or {@code default} where there is only one
 * @param version the agent's version
 */
public record FlowNode(String name, String cluster, String version) {
  private static final String DEFAULT_CLUSTER = "default";

  /** The node as Hubble names it: {@code cluster/node}, without the cluster if that is default. */
  public String qualifiedName() {
    return isDefaultCluster() ? name : cluster + "/" + name;
  }

  /** The cluster that a node name pattern is compared with. */
  String clusterOrDefault() {
    return isDefaultCluster() ? DEFAULT_CLUSTER : cluster;
  }

  private boolean isDefaultCluster() {
    return cluster.isEmpty() || cluster.equals(DEFAULT_CLUSTER);
  }
}
