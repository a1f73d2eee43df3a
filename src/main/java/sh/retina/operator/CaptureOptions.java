package sh.retina.operator;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;
import sh.retina.job.JobSettings;

/**
 * What can be set of captures.
 *
 * @param image with the program, for the Jobs; empty: Captures are refused, saying so
 * @param pullPolicy as Kubernetes names it
 * @param pullSecrets names of Secrets in the Captures' namespaces
 * @param hostPathBase the nodes' directory that every hostPath is below
 * @param jobLimit a Capture that needs more Jobs is refused; 0: no limit
 * @param ttl Captures are deleted so long after their end; 0: they stay
 * @param interval how often what time changes is looked at: schedules, pods that wait
 * @param requireCreator refuse a Capture that names a Secret and does not say who made it, for
 *     clusters without the policy of docs/captures-kubernetes.md
 * @param cpuRequest and the other three: of a Job's container; empty: none
 * @param scratch room on the node for a file that goes elsewhere
 * @param agent where workers find the agent of their node, on the node itself
 */
public record CaptureOptions(
    @DefaultValue("") String image,
    @DefaultValue("IfNotPresent") String pullPolicy,
    @DefaultValue List<String> pullSecrets,
    @DefaultValue(JobSettings.HOST_PATH_BASE) String hostPathBase,
    @DefaultValue("0") @Min(0) int jobLimit,
    @DefaultValue("0s") Duration ttl,
    @DefaultValue("10s") Duration interval,
    @DefaultValue("false") boolean requireCreator,
    @DefaultValue("50m") String cpuRequest,
    @DefaultValue("200Mi") String memoryRequest,
    @DefaultValue("") String cpuLimit,
    @DefaultValue("500Mi") String memoryLimit,
    @DefaultValue("10Gi") String scratch,
    @DefaultValue("http://127.0.0.1:10093") String agent) {
  public CaptureOptions {
    pullSecrets = List.copyOf(pullSecrets);
  }

  JobSettings settings() {
    return new JobSettings(
        image,
        pullPolicy,
        pullSecrets,
        hostPathBase,
        cpuRequest,
        memoryRequest,
        cpuLimit,
        memoryLimit,
        scratch,
        agent);
  }
}
