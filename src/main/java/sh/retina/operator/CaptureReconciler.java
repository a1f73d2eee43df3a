package sh.retina.operator;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.crd.Capture;
import sh.retina.crd.CaptureSpec;
import sh.retina.crd.CaptureStatus;
import sh.retina.job.CaptureRefused;
import sh.retina.job.NodeProgress;

/** One look at one Capture: what is missing is made, what is over is written down. */
final class CaptureReconciler {
  /** So that the Jobs are gone before the Capture is. */
  static final String FINALIZER = "retina.sh/capture";

  private static final Logger LOG = LoggerFactory.getLogger(CaptureReconciler.class);
  static final List<String> JOB_LABELS = List.of("batch.kubernetes.io/job-name", "job-name");

  private final KubernetesClient client;
  private final InstantSource clock;
  private final Duration ttl;
  private final CaptureStart start;
  private final CaptureSchedule schedule;

  /**
   * What is known of one.
   *
   * @param runs of its schedule
   * @param jobs of its own
   * @param pod of a Job; empty where there is none yet, or any more
   */
  record Known(
      Capture capture, List<Capture> runs, List<Job> jobs, Function<Job, Optional<Pod>> pod) {}

  CaptureReconciler(KubernetesClient client, CaptureOptions properties, InstantSource clock) {
    this.client = client;
    this.clock = clock;
    this.ttl = properties.ttl();
    this.start = new CaptureStart(client, properties);
    this.schedule = new CaptureSchedule(client);
  }

  /**
   * Looks.
   *
   * @return whether anything was written
   */
  boolean reconcile(Known known) {
    Capture capture = known.capture();
    if (capture.getMetadata().getDeletionTimestamp() != null) {
      return end(known);
    }
    String times = capture.getSpec().schedule();
    if (times != null && !times.isBlank()) {
      Capture kept = withFinalizer(capture);
      return write(kept, schedule.apply(kept, known.runs(), clock.instant()));
    }
    if (CaptureJudge.isOver(capture)) {
      return cleanUp(capture);
    }
    CaptureStatus status = capture.getStatus();
    if (status == null || status.startTime() == null) {
      return begin(capture);
    }
    return report(known);
  }

  private boolean begin(Capture capture) {
    Capture kept = withFinalizer(capture);
    try {
      int jobs = start.jobsOf(kept);
      LOG.info("capture={} jobs={}", name(kept), jobs);
      return write(kept, CaptureJudge.started(kept, jobs, clock.instant()));
    } catch (CaptureRefused e) {
      LOG.info("capture={} refused: {}", name(kept), e.getMessage());
      return write(kept, CaptureJudge.refused(kept, e, clock.instant()));
    }
  }

  private boolean report(Known known) {
    Capture capture = known.capture();
    List<NodeProgress> jobs = new ArrayList<>();
    List<Job> stranded = new ArrayList<>();
    for (Job job : known.jobs()) {
      NodeProgress progress = progress(job, known.pod().apply(job).orElse(null));
      if (progress.state() == NodeProgress.State.WAITING
          && client.nodes().withName(progress.node()).get() == null) {
        progress = progress.failed("the node is gone from the cluster");
        stranded.add(job);
      }
      jobs.add(progress);
    }
    int lost = Math.max(0, total(capture.getStatus()) - jobs.size());
    boolean written = write(capture, CaptureJudge.of(capture, jobs, lost, clock.instant()));
    if (jobs.stream().allMatch(NodeProgress::isOver)) {
      stranded.forEach(this::delete); // no pod of theirs will ever end
    }
    return written;
  }

  private NodeProgress progress(Job job, @Nullable Pod pod) {
    NodeProgress progress = NodeProgress.of(job, pod);
    if (progress.isOver() && progress.outputs().isEmpty()) {
      // The cache of pods may be behind that of Jobs.
      List<Pod> now =
          client
              .pods()
              .inNamespace(job.getMetadata().getNamespace())
              .withLabel(JOB_LABELS.getFirst(), job.getMetadata().getName())
              .list()
              .getItems();
      return NodeProgress.of(job, now.isEmpty() ? pod : now.getFirst());
    }
    return progress;
  }

  private static int total(@Nullable CaptureStatus status) {
    return status == null
        ? 0
        : number(status.active()) + number(status.succeeded()) + number(status.failed());
  }

  private static int number(@Nullable Integer count) {
    return count == null ? 0 : count;
  }

  /** Of one that is over: it may go by itself. */
  private boolean cleanUp(Capture capture) {
    Instant end = CaptureJudge.end(capture);
    boolean old = !ttl.isZero() && end != null && !end.plus(ttl).isAfter(clock.instant());
    boolean delivered =
        Boolean.TRUE.equals(capture.getSpec().cleanUpAfterUpload())
            && CaptureJudge.has(capture.getStatus(), CaptureJudge.COMPLETE)
            && isElsewhere(capture.getSpec().outputConfiguration());
    if (old || delivered) {
      LOG.info("capture={} deleted: {}", name(capture), delivered ? "delivered" : "old");
      client.resource(capture).delete();
    }
    return old || delivered;
  }

  /** At a place that is not the node. */
  private static boolean isElsewhere(CaptureSpec.Output output) {
    return output.blobUpload() != null
        || output.s3Upload() != null
        || output.persistentVolumeClaim() != null;
  }

  /** Of one that was deleted: its Jobs first. Workers then have their time to deliver. */
  private boolean end(Known known) {
    Capture capture = known.capture();
    List<String> finalizers = capture.getMetadata().getFinalizers();
    if (finalizers == null || !finalizers.contains(FINALIZER)) {
      return false;
    }
    known.jobs().stream()
        .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
        .forEach(this::delete);
    known.runs().stream()
        .filter(run -> run.getMetadata().getDeletionTimestamp() == null)
        .forEach(run -> client.resource(run).delete());
    if (known.jobs().isEmpty() && known.runs().isEmpty()) {
      Capture freed = client.getKubernetesSerialization().clone(capture);
      freed
          .getMetadata()
          .setFinalizers(finalizers.stream().filter(one -> !one.equals(FINALIZER)).toList());
      client.resource(freed).update();
    }
    return true;
  }

  private void delete(Job job) {
    client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
  }

  private Capture withFinalizer(Capture capture) {
    List<String> finalizers = capture.getMetadata().getFinalizers();
    if (finalizers != null && finalizers.contains(FINALIZER)) {
      return capture;
    }
    Capture kept = client.getKubernetesSerialization().clone(capture);
    List<String> more = new ArrayList<>(finalizers == null ? List.of() : finalizers);
    more.add(FINALIZER);
    kept.getMetadata().setFinalizers(more);
    return client.resource(kept).update();
  }

  private boolean write(Capture capture, CaptureStatus status) {
    if (Objects.equals(capture.getStatus(), status)) {
      return false;
    }
    Capture changed = client.getKubernetesSerialization().clone(capture);
    changed.setStatus(status);
    client.resource(changed).updateStatus();
    return true;
  }

  private static String name(Capture capture) {
    return capture.getMetadata().getNamespace() + "/" + capture.getMetadata().getName();
  }
}
