package sh.retina.job;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureSpec;

/**
 * The stores that a capture's Job brings its files to, as its pod was told.
 *
 * @param s3 null: no bucket
 * @param blobSecret the name of the Secret with a container's URL; null: no container
 */
public record JobOutputs(CaptureSpec.@Nullable S3Upload s3, @Nullable String blobSecret) {
  /** Of a Job of {@link CaptureJobs}, or one of Retina's. */
  public static JobOutputs of(Job job) {
    PodSpec pod = job.getSpec().getTemplate().getSpec();
    Map<String, String> environment = new HashMap<>();
    for (EnvVar one : pod.getContainers().getFirst().getEnv()) {
      if (one.getValue() != null) {
        environment.put(one.getName(), one.getValue());
      }
    }
    String bucket = environment.get("S3_BUCKET");
    String secret = secret(pod, JobPod.S3_SECRET);
    return new JobOutputs(
        bucket == null || secret == null
            ? null
            : new CaptureSpec.S3Upload(
                environment.get("S3_ENDPOINT"),
                bucket,
                secret,
                environment.get("S3_REGION"),
                environment.get("S3_PATH")),
        secret(pod, JobPod.BLOB_SECRET));
  }

  private static @Nullable String secret(PodSpec pod, String volume) {
    return pod.getVolumes().stream()
        .filter(one -> one.getName().equals(volume) && one.getSecret() != null)
        .map(one -> one.getSecret().getSecretName())
        .findFirst()
        .orElse(null);
  }
}
