package sh.retina.operator;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import sh.retina.crd.Capture;
import sh.retina.job.CaptureJobs;
import sh.retina.job.CaptureRefused;
import sh.retina.job.CaptureRefused.Reason;
import sh.retina.job.CaptureTargets;
import sh.retina.job.NodeTarget;

/**
 * Makes a Capture's Jobs: all of them, or none. A second attempt at the same Capture finds the Jobs
 * of the first one, as their names are the same.
 */
final class CaptureStart {
  private static final int CONFLICT = 409;
  private static final List<Integer> FINAL = List.of(400, 403, 404, 422);

  private final KubernetesClient client;
  private final CaptureOptions properties;
  private final CaptureSecrets secrets;
  private final CaptureTargets targets;
  private final CaptureJobs jobs;

  CaptureStart(KubernetesClient client, CaptureOptions properties) {
    this.client = client;
    this.properties = properties;
    this.secrets = new CaptureSecrets(client, properties.requireCreator());
    this.targets = new CaptureTargets(client);
    this.jobs = new CaptureJobs(properties.settings());
  }

  /**
   * Makes them.
   *
   * @return how many there are
   * @throws CaptureRefused when there is nothing to make, or it must not be made
   */
  int jobsOf(Capture capture) throws CaptureRefused {
    List<Job> wanted = plan(capture);
    List<Job> made = new ArrayList<>();
    for (Job job : wanted) {
      try {
        made.add(client.resource(job).create());
      } catch (KubernetesClientException e) {
        if (e.getCode() == CONFLICT) {
          continue; // of the attempt before
        }
        if (!FINAL.contains(e.getCode())) {
          throw e;
        }
        made.forEach(one -> client.resource(one).delete());
        String reason =
            e.getStatus() == null || e.getStatus().getMessage() == null
                ? String.valueOf(e.getMessage())
                : e.getStatus().getMessage();
        throw new CaptureRefused(Reason.CREATE_JOB_FAILED, "a Job cannot be made: " + reason);
      }
    }
    return wanted.size();
  }

  private List<Job> plan(Capture capture) throws CaptureRefused {
    String namespace = capture.getMetadata().getNamespace();
    if (properties.image().isEmpty()) {
      throw new CaptureRefused(
          Reason.OTHER_ERROR,
          "the operator has no image for Jobs: set retina.operator.captures.image");
    }
    secrets.check(capture);
    claim(capture);
    List<NodeTarget> nodes =
        targets.resolve(namespace, capture.getSpec().captureConfiguration().captureTarget());
    if (properties.jobLimit() > 0 && nodes.size() > properties.jobLimit()) {
      throw new CaptureRefused(
          Reason.EXCEED_JOB_NUM_LIMIT,
          "the target is %d nodes, and retina.operator.captures.job-limit is %d: narrow the target"
              .formatted(nodes.size(), properties.jobLimit()));
    }
    CaptureJobs.Identity identity =
        new CaptureJobs.Identity(
            namespace,
            capture.getMetadata().getName(),
            capture.getMetadata().getUid(),
            new OwnerReferenceBuilder()
                .withApiVersion(capture.getApiVersion())
                .withKind(capture.getKind())
                .withName(capture.getMetadata().getName())
                .withUid(capture.getMetadata().getUid())
                .withController(true)
                .build());
    List<Job> wanted = new ArrayList<>();
    for (NodeTarget node : nodes) {
      wanted.add(jobs.of(identity, capture.getSpec(), node));
    }
    return wanted;
  }

  private void claim(Capture capture) throws CaptureRefused {
    String claim = capture.getSpec().outputConfiguration().persistentVolumeClaim();
    String namespace = capture.getMetadata().getNamespace();
    if (claim != null
        && client.persistentVolumeClaims().inNamespace(namespace).withName(claim).get() == null) {
      throw new CaptureRefused(
          Reason.OTHER_ERROR,
          "there is no PersistentVolumeClaim '%s' in namespace %s".formatted(claim, namespace));
    }
  }
}
