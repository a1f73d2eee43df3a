package sh.retina.job;

import java.util.List;

/**
 * What all Jobs of a cluster have in common.
 *
 * @param image with the program
 * @param pullPolicy as Kubernetes names it
 * @param pullSecrets names of Secrets in the capture's namespace
 * @param hostPathBase the nodes' directory that captures are below
 * @param cpuLimit and the others: as Kubernetes writes quantities; empty: none
 * @param scratch room on the node while a file is on its way to another place; as a quantity
 * @param agent the address of a node's agent on the node itself; empty: the worker's default
 */
public record JobSettings(
    String image,
    String pullPolicy,
    List<String> pullSecrets,
    String hostPathBase,
    String cpuRequest,
    String memoryRequest,
    String cpuLimit,
    String memoryLimit,
    String scratch,
    String agent) {
  /** Where captures are below, on nodes. */
  public static final String HOST_PATH_BASE = "/var/log/retina/captures";

  public JobSettings {
    pullSecrets = List.copyOf(pullSecrets);
  }

  /** As the chart sets them. */
  public static JobSettings ofImage(String image, String hostPathBase) {
    return new JobSettings(
        image, "IfNotPresent", List.of(), hostPathBase, "50m", "200Mi", "", "500Mi", "10Gi", "");
  }
}
