package sh.retina.job;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.CaptureStatus;

/**
 * How far a node's Job came.
 *
 * @param message why it failed, what it waits for, or what is to be said of it though it succeeded;
 *     else empty
 */
public record NodeProgress(
    String node, String job, State state, String message, List<CaptureStatus.File> outputs) {
  /** Of a Job. */
  public enum State {
    /** Its pod does not run yet. */
    WAITING,
    RUNNING,
    SUCCEEDED,
    FAILED
  }

  public NodeProgress {
    outputs = List.copyOf(outputs);
  }

  public boolean isOver() {
    return state == State.SUCCEEDED || state == State.FAILED;
  }

  /**
   * Of a Job and its pod.
   *
   * @param pod null where there is none yet, or any more
   */
  public static NodeProgress of(Job job, @Nullable Pod pod) {
    String node = nodeOf(job);
    String name = job.getMetadata().getName();
    ContainerState container = pod == null ? null : container(pod);
    WorkerAnswer answer =
        WorkerAnswer.of(
            node,
            container == null || container.getTerminated() == null
                ? null
                : container.getTerminated().getMessage());
    if (condition(job, "Complete") != null) {
      return new NodeProgress(node, name, State.SUCCEEDED, notes(answer), answer.outputs());
    }
    JobCondition failed = condition(job, "Failed");
    if (failed != null) {
      return new NodeProgress(
          node, name, State.FAILED, why(failed, answer, container), answer.outputs());
    }
    boolean runs = container != null && container.getRunning() != null;
    boolean ended = container != null && container.getTerminated() != null;
    return new NodeProgress(
        node,
        name,
        runs || ended ? State.RUNNING : State.WAITING,
        runs || ended || pod == null ? "" : waits(pod, container),
        List.of());
  }

  /** Of a Job whose end is known by something else than itself. */
  public NodeProgress failed(String why) {
    return new NodeProgress(node, job, State.FAILED, why, outputs);
  }

  public static String nodeOf(Job job) {
    return job.getMetadata()
        .getAnnotations()
        .getOrDefault(CaptureJobs.NODE_ANNOTATION, job.getMetadata().getName());
  }

  private static @Nullable JobCondition condition(Job job, String type) {
    if (job.getStatus() == null || job.getStatus().getConditions() == null) {
      return null;
    }
    return job.getStatus().getConditions().stream()
        .filter(one -> type.equals(one.getType()) && "True".equals(one.getStatus()))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable ContainerState container(Pod pod) {
    if (pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null) {
      return null;
    }
    return pod.getStatus().getContainerStatuses().stream()
        .filter(one -> JobPod.CONTAINER.equals(one.getName()))
        .map(ContainerStatus::getState)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  /** What started it, and what is missing though every file is at its places. */
  private static String notes(WorkerAnswer answer) {
    List<String> parts = new ArrayList<>();
    if (!answer.trigger().isEmpty()) {
      parts.add("triggered by " + answer.trigger());
    }
    if (answer.dropped() > 0) {
      parts.add(answer.dropped() + " packets were dropped by the kernel, as they came too fast");
    }
    if (!answer.warning().isEmpty()) {
      parts.add(answer.warning());
    }
    if (answer.more() > 0) {
      parts.add(answer.more() + " more files, for which a status has no room");
    }
    return String.join("; ", parts);
  }

  /** In the order of what helps most: the worker's own words, the files' faults, the cluster's. */
  private static String why(
      JobCondition failed, WorkerAnswer answer, @Nullable ContainerState container) {
    if (!answer.reason().isEmpty()) {
      return answer.reason();
    }
    String faults =
        answer.outputs().stream()
            .filter(file -> file.error() != null)
            .map(file -> file.type() + ": " + file.error())
            .collect(java.util.stream.Collectors.joining("; "));
    if (!faults.isEmpty()) {
      return faults;
    }
    if (container != null && container.getTerminated() != null) {
      String reason = container.getTerminated().getReason();
      return "the worker ended with exit code %d%s, and said nothing: see its log"
          .formatted(
              container.getTerminated().getExitCode(),
              reason == null || reason.equals("Error") ? "" : " (" + reason + ")");
    }
    return (failed.getReason() == null ? "failed" : failed.getReason())
        + (failed.getMessage() == null ? "" : ": " + failed.getMessage());
  }

  private static String waits(Pod pod, @Nullable ContainerState container) {
    if (container != null && container.getWaiting() != null) {
      String message = container.getWaiting().getMessage();
      return container.getWaiting().getReason() + (message == null ? "" : ": " + message);
    }
    List<PodCondition> conditions =
        pod.getStatus() == null || pod.getStatus().getConditions() == null
            ? List.of()
            : pod.getStatus().getConditions();
    return conditions.stream()
        .filter(one -> "PodScheduled".equals(one.getType()) && "False".equals(one.getStatus()))
        .map(one -> one.getReason() + ": " + one.getMessage())
        .findFirst()
        .orElse("");
  }
}
