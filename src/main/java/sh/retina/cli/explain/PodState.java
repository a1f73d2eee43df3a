package sh.retina.cli.explain;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;

/** Why a pod does not run, in words. */
final class PodState {
  private PodState() {}

  /** Empty: it runs. */
  static String of(Pod pod) {
    var status = pod.getStatus();
    if (status == null) {
      return "not started";
    }
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return "it is being deleted";
    }
    for (ContainerStatus container : status.getContainerStatuses()) {
      String why = of(container);
      if (!why.isEmpty()) {
        return "container " + container.getName() + ": " + why;
      }
    }
    if ("Running".equals(status.getPhase())) {
      return "";
    }
    String scheduling =
        status.getConditions().stream()
            .filter(one -> "PodScheduled".equals(one.getType()) && "False".equals(one.getStatus()))
            .map(one -> ", " + Objects.requireNonNullElse(one.getMessage(), one.getReason()))
            .findFirst()
            .orElse("");
    return "phase " + status.getPhase() + scheduling;
  }

  private static String of(ContainerStatus container) {
    var state = container.getState();
    if (state == null) {
      return "";
    }
    String last =
        container.getLastState() != null && container.getLastState().getTerminated() != null
            ? ", last exit code " + container.getLastState().getTerminated().getExitCode()
            : "";
    if (state.getWaiting() != null) {
      return state.getWaiting().getReason() + last + ", restarts " + container.getRestartCount();
    }
    return state.getTerminated() == null
        ? ""
        : state.getTerminated().getReason() + ", exit code " + state.getTerminated().getExitCode();
  }

  static boolean isReady(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .noneMatch(one -> "Ready".equals(one.getType()) && !"True".equals(one.getStatus()));
  }
}
