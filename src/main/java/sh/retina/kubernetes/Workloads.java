package sh.retina.kubernetes;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The top owner of a pod, by the rules that the controllers name what they make, so that nobody has
 * to watch ReplicaSets and Jobs: a Deployment calls its ReplicaSet {@code NAME-HASH}, with the hash
 * in the pod's label {@code pod-template-hash} (Argo Rollouts do the same with a label of theirs);
 * a CronJob calls its Job {@code NAME-MINUTES}, the scheduled minute since 1970.
 *
 * @param kind of the owner; {@code Pod} is none: a pod of its own has empty values
 */
record Workloads(String kind, String name) {
  static final Workloads NONE = new Workloads("", "");

  private static final String DEPLOYMENT_HASH = "pod-template-hash=";
  private static final String ROLLOUT_HASH = "rollouts-pod-template-hash=";

  /** Minutes from 2017 to 2055, which no other number that ends a name is likely to be. */
  private static final Pattern CRON_JOB = Pattern.compile("(.+)-(2[5-9]|3\\d|4[0-4])\\d{6}");

  /**
   * @param kind of the pod's controller, which its reference with {@code controller: true} names
   * @param labels of the pod, {@code key=value}
   */
  static Workloads top(String kind, String name, List<String> labels) {
    switch (kind) {
      case "ReplicaSet" -> {
        for (String label : labels) {
          String owner =
              label.startsWith(DEPLOYMENT_HASH)
                  ? "Deployment"
                  : label.startsWith(ROLLOUT_HASH) ? "Rollout" : "";
          String suffix = "-" + label.substring(label.indexOf('=') + 1);
          if (!owner.isEmpty() && name.endsWith(suffix) && name.length() > suffix.length()) {
            return new Workloads(owner, name.substring(0, name.length() - suffix.length()));
          }
        }
      }
      case "Job" -> {
        var matcher = CRON_JOB.matcher(name);
        if (matcher.matches()) {
          return new Workloads("CronJob", matcher.group(1));
        }
      }
      case "Node" -> {
        return NONE; // of a static pod, which has no workload
      }
      default -> {
        // Owns itself: StatefulSet, DaemonSet, what others invented.
      }
    }
    return new Workloads(kind, name);
  }
}
