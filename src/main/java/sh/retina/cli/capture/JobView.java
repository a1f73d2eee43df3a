package sh.retina.cli.capture;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureStatus;
import sh.retina.event.SafeText;
import sh.retina.job.CaptureJobs;
import sh.retina.job.NodeProgress;

/**
 * A Job of a capture, as it is shown.
 *
 * @param state waiting, running, succeeded or failed
 * @param message what it waits for, why it failed, or what is to be said of it though it succeeded;
 *     else empty
 * @param created RFC 3339
 */
record JobView(
    String namespace,
    String capture,
    String job,
    String node,
    String state,
    String message,
    String created,
    List<CaptureStatus.File> outputs) {
  private static final List<String> JOB_LABELS =
      List.of("batch.kubernetes.io/job-name", "job-name");

  JobView {
    outputs = List.copyOf(outputs);
  }

  /**
   * Those that there are.
   *
   * @param namespace null: all
   * @param capture null: all
   */
  static List<JobView> all(
      KubernetesClient client, @Nullable String namespace, @Nullable String capture) {
    // First the Jobs: a pod that is asked for later has ended when its Job has.
    List<Job> jobs = jobs(client, namespace, labels(capture));
    Map<String, Pod> pods = new HashMap<>();
    for (Pod pod : pods(client, namespace, labels(capture))) {
      Map<String, String> labels = pod.getMetadata().getLabels();
      JOB_LABELS.stream()
          .map(labels::get)
          .filter(job -> job != null)
          .findFirst()
          .ifPresent(job -> pods.put(pod.getMetadata().getNamespace() + "/" + job, pod));
    }
    List<JobView> views = new ArrayList<>();
    for (Job job : jobs) {
      String key = job.getMetadata().getNamespace() + "/" + job.getMetadata().getName();
      views.add(of(job, pods.get(key)));
    }
    views.sort(
        Comparator.comparing(JobView::namespace)
            .thenComparing(JobView::capture)
            .thenComparing(JobView::node)
            .thenComparing(JobView::job));
    return views;
  }

  static Map<String, String> labels(@Nullable String capture) {
    return capture == null
        ? Map.of(CaptureJobs.APP_LABEL, CaptureJobs.APP)
        : Map.of(CaptureJobs.APP_LABEL, CaptureJobs.APP, CaptureJobs.NAME_LABEL, capture);
  }

  private static List<Pod> pods(
      KubernetesClient client, @Nullable String namespace, Map<String, String> labels) {
    return (namespace == null
            ? client.pods().inAnyNamespace().withLabels(labels)
            : client.pods().inNamespace(namespace).withLabels(labels))
        .list()
        .getItems();
  }

  static List<Job> jobs(
      KubernetesClient client, @Nullable String namespace, Map<String, String> labels) {
    var all = client.batch().v1().jobs();
    return (namespace == null
            ? all.inAnyNamespace().withLabels(labels)
            : all.inNamespace(namespace).withLabels(labels))
        .list()
        .getItems();
  }

  static JobView of(Job job, @Nullable Pod pod) {
    NodeProgress progress = NodeProgress.of(job, pod);
    return new JobView(
        job.getMetadata().getNamespace(),
        job.getMetadata().getLabels().getOrDefault(CaptureJobs.NAME_LABEL, ""),
        progress.job(),
        progress.node(),
        progress.state().name().toLowerCase(Locale.ROOT),
        SafeText.TEXT.of(progress.message()),
        String.valueOf(job.getMetadata().getCreationTimestamp()),
        progress.outputs().stream().map(JobView::shown).toList());
  }

  /** What a worker wrote names what others chose. */
  private static CaptureStatus.File shown(CaptureStatus.File file) {
    return new CaptureStatus.File(
        file.node(),
        file.type(),
        file.location() == null ? null : SafeText.TEXT.of(file.location()),
        file.size(),
        file.sha256(),
        file.error() == null ? null : SafeText.TEXT.of(file.error()));
  }

  boolean isOver() {
    return isFailed() || state.equals("succeeded");
  }

  boolean isFailed() {
    return state.equals("failed");
  }

  String completions() {
    return state.equals("succeeded") ? "1/1" : "0/1";
  }

  /** As kubectl writes it: the largest unit alone. */
  String age(Instant now) {
    if (created.isEmpty() || created.equals("null")) {
      return "0s";
    }
    Duration age = Duration.between(Instant.parse(created), now);
    if (age.toDays() > 0) {
      return age.toDays() + "d";
    }
    if (age.toHours() > 0) {
      return age.toHours() + "h";
    }
    return age.toMinutes() > 0 ? age.toMinutes() + "m" : Math.max(0, age.toSeconds()) + "s";
  }
}
