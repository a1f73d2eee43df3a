package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sh.retina.cli.CliException;
import sh.retina.crd.CaptureSpec;
import sh.retina.job.CaptureJobs;
import sh.retina.job.JobSettings;

/** Where files go. What is secret of it goes into Secrets that the Jobs own. */
final class OutputOptions {
  static final String BLOB_SECRET = "capture-blob-upload-secret";
  static final String S3_SECRET = "capture-s3-upload-secret";
  private static final Pattern ABSOLUTE = Pattern.compile("^([/\\\\]|[A-Za-z]:).*");
  private static final Pattern UPWARDS = Pattern.compile("(^|.*[/\\\\])[.][.]([/\\\\].*|$)");

  @Option(
      names = "--host-path",
      paramLabel = "PATH",
      description = "On each node, below --host-path-base-dir; '' for none. Default: retina.")
  private String hostPath = "retina";

  @Option(
      names = "--host-path-base-dir",
      paramLabel = "DIR",
      description = "Default: " + JobSettings.HOST_PATH_BASE + ".")
  private String hostPathBase = JobSettings.HOST_PATH_BASE;

  @Option(names = "--pvc", paramLabel = "NAME", description = "A claim of the namespace.")
  private String claim = "";

  @Option(
      names = "--blob-upload",
      paramLabel = "URL",
      description = "A blob container with its SAS.")
  private String blob = "";

  @Mixin private S3Options s3 = new S3Options();

  String hostPathBase() {
    return hostPathBase;
  }

  boolean isOnNode() {
    return !hostPath.isBlank();
  }

  /** Faults first, before anything is made. */
  void check() {
    if (hostPath.isBlank() && claim.isBlank() && blob.isBlank() && !s3.isGiven()) {
      throw CliException.usage("where to? --host-path, --pvc, --blob-upload or --s3-bucket");
    }
    if (ABSOLUTE.matcher(hostPath).matches() || UPWARDS.matcher(hostPath).matches()) {
      throw CliException.usage(
          "--host-path " + hostPath + ": is relative and without '..', below " + hostPathBase);
    }
    if (!hostPathBase.startsWith("/") || UPWARDS.matcher(hostPathBase).matches()) {
      throw CliException.usage("--host-path-base-dir " + hostPathBase + ": is an absolute path");
    }
    s3.check();
    if (!blob.isBlank() && !blob.startsWith("https://") && !blob.startsWith("http://")) {
      throw CliException.usage("--blob-upload: is the URL of a blob container, with its SAS");
    }
  }

  /** Makes the Secrets; who calls deletes them when it goes no further. */
  List<Secret> secrets(KubernetesClient client, String namespace, String name) {
    List<Secret> made = new ArrayList<>();
    if (!blob.isBlank()) {
      made.add(
          client
              .resource(secret(namespace, name, BLOB_SECRET, Map.of("blob-upload-url", blob)))
              .create());
    }
    if (s3.isGiven()) {
      made.add(client.resource(secret(namespace, name, S3_SECRET, s3.secret())).create());
    }
    return made;
  }

  private static Secret secret(
      String namespace, String name, String start, Map<String, String> data) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withGenerateName(start)
        .addToLabels(CaptureJobs.APP_LABEL, CaptureJobs.APP)
        .addToLabels(CaptureJobs.NAME_LABEL, name)
        .endMetadata()
        .withType("Opaque")
        .withStringData(data)
        .build();
  }

  /** They go with the Jobs. */
  static void own(KubernetesClient client, List<Secret> secrets, List<Job> jobs) {
    List<OwnerReference> owners =
        jobs.stream()
            .map(job ->
                new OwnerReferenceBuilder()
                    .withApiVersion("batch/v1")
                    .withKind("Job")
                    .withName(job.getMetadata().getName())
                    .withUid(job.getMetadata().getUid())
                    .build())
            .toList();
    for (Secret secret : secrets) {
      client
          .resource(secret)
          .edit(one ->
              new SecretBuilder(one)
                  .editMetadata()
                  .withOwnerReferences(owners)
                  .endMetadata()
                  .build());
    }
  }

  /** As a Capture has it. */
  CaptureSpec.Output output(List<Secret> secrets) {
    return new CaptureSpec.Output(
        orNull(hostPath),
        orNull(claim),
        named(secrets, BLOB_SECRET),
        s3.isGiven() ? s3.upload(String.valueOf(named(secrets, S3_SECRET))) : null);
  }

  private static @Nullable String named(List<Secret> secrets, String start) {
    return secrets.stream()
        .map(secret -> secret.getMetadata().getName())
        .filter(name -> name.startsWith(start))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String orNull(String text) {
    return text.isBlank() ? null : text.strip();
  }
}
