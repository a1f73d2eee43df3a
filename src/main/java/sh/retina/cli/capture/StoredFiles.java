package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.cli.Cluster;
import sh.retina.crd.CaptureSpec;
import sh.retina.crd.CaptureStatus;
import sh.retina.job.JobOutputs;

/**
 * Files that Jobs brought to a store: by the Secret that the Job has, where who asks may read it.
 */
final class StoredFiles {
  private static final String BLOB_URL = "blob-upload-url";

  private final KubernetesClient client;
  private final S3Options given;
  private final Map<String, Job> jobs = new HashMap<>();

  /**
   * Of captures.
   *
   * @param namespace null: of all
   * @param capture null: all
   * @param given another way to the store than the Job's
   */
  StoredFiles(
      KubernetesClient client,
      @Nullable String namespace,
      @Nullable String capture,
      S3Options given) {
    this.client = client;
    this.given = given;
    for (Job job : JobView.jobs(client, namespace, JobView.labels(capture))) {
      jobs.put(job.getMetadata().getNamespace() + "/" + job.getMetadata().getName(), job);
    }
  }

  /** Brings a file here, and compares it with what was recorded. */
  void fetch(JobView view, CaptureStatus.File file, Path place)
      throws IOException, InterruptedException {
    Job job = jobs.get(view.namespace() + "/" + view.job());
    if (job == null) {
      throw new IOException("job " + view.job() + " was deleted meanwhile");
    }
    JobOutputs outputs = JobOutputs.of(job);
    String name = String.valueOf(place.getFileName());
    CaptureSpec.S3Upload s3 = outputs.s3();
    String blob = outputs.blobSecret();
    if ("s3Upload".equals(file.type()) && s3 != null) {
      Map<String, String> secret = secret(view.namespace(), s3.secretName());
      try (S3Download download = S3Download.open(given.reached(s3), secret)) {
        download.fetch(download.key(name), place, file.size(), file.sha256());
      }
    } else if ("blobUpload".equals(file.type()) && blob != null) {
      String url = secret(view.namespace(), blob).getOrDefault(BLOB_URL, "");
      BlobDownload.one(url, name, place, file.size(), file.sha256());
    } else {
      throw new IOException(
          file.location() + " is in a " + file.type() + ", which a download does not reach");
    }
  }

  private Map<String, String> secret(String namespace, String name) throws IOException {
    Secret secret;
    try {
      secret = client.secrets().inNamespace(namespace).withName(name).get();
    } catch (KubernetesClientException e) {
      throw new IOException("Secret " + name + ": " + Cluster.reason(e), e);
    }
    if (secret == null || secret.getData() == null) {
      throw new IOException("there is no Secret " + name + " any more");
    }
    Map<String, String> texts = new HashMap<>();
    secret
        .getData()
        .forEach((key, value) ->
            texts.put(key, new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8)));
    return texts;
  }

  /** Of each file the place that is nearest: a node's first, as it needs no key. */
  static List<CaptureStatus.File> nearest(List<CaptureStatus.File> outputs) {
    List<String> order = List.of("persistentVolumeClaim", "blobUpload", "s3Upload", "hostPath");
    Map<String, CaptureStatus.File> best = new LinkedHashMap<>();
    for (CaptureStatus.File file : outputs) {
      if (file.error() == null && file.location() != null) {
        String name = name(file.location());
        CaptureStatus.File other = best.get(name);
        if (other == null || order.indexOf(file.type()) > order.indexOf(other.type())) {
          best.put(name, file);
        }
      }
    }
    return List.copyOf(best.values());
  }

  /** Without what leads to it: a path, a URL or a claim's name. */
  static String name(String location) {
    return location.replaceFirst("^.*[/:]", "");
  }
}
