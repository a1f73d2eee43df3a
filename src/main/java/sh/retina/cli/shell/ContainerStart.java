package sh.retina.cli.shell;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sh.retina.event.SafeText;

/**
 * How far a container is on its way to run, by what its kubelet says of it.
 *
 * @param why it does not run, for a person
 */
record ContainerStart(State state, String why) {
  /** What does not become better by waiting; a pull is tried twice before it is one of these. */
  private static final Set<String> HOPELESS =
      Set.of(
          "ImagePullBackOff",
          "InvalidImageName",
          "ErrImageNeverPull",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError");

  /** Waiting for it has an end at the last two. */
  enum State {
    WAITS,
    RUNS,
    FAILED
  }

  boolean isDecided() {
    return state != State.WAITS;
  }

  static ContainerStart of(@Nullable Pod pod, String container) {
    if (pod == null) {
      return new ContainerStart(State.FAILED, "the pod was deleted");
    }
    ContainerState state = state(pod, container).orElse(new ContainerState());
    if (state.getRunning() != null) {
      return new ContainerStart(State.RUNS, "");
    }
    ContainerStateTerminated end = state.getTerminated();
    if (end != null) {
      return new ContainerStart(
          State.FAILED,
          "it ended at once with exit code %d%s: has the image a shell?"
              .formatted(end.getExitCode(), said(" (", end.getReason(), end.getMessage(), ")")));
    }
    ContainerStateWaiting waiting = state.getWaiting();
    if (waiting != null && waiting.getReason() != null) {
      String reason = waiting.getReason();
      String remedy = reason.contains("Image") ? "; --image names another image" : "";
      return new ContainerStart(
          HOPELESS.contains(reason) ? State.FAILED : State.WAITS,
          said("", reason, waiting.getMessage(), "") + remedy);
    }
    return ofPod(pod);
  }

  /** Where nothing is said of the container. */
  private static ContainerStart ofPod(Pod pod) {
    String phase = String.valueOf(pod.getStatus().getPhase());
    if (phase.equals("Failed") || phase.equals("Succeeded")) {
      return new ContainerStart(
          State.FAILED,
          "the pod is %s%s"
              .formatted(
                  phase,
                  said(" (", pod.getStatus().getReason(), pod.getStatus().getMessage(), ")")));
    }
    for (PodCondition condition : pod.getStatus().getConditions()) {
      if (condition.getType().equals("PodScheduled") && condition.getStatus().equals("False")) {
        return new ContainerStart(
            State.WAITS, said("", condition.getReason(), condition.getMessage(), ""));
      }
    }
    String node = pod.getSpec().getNodeName();
    return new ContainerStart(
        State.WAITS,
        node == null
            ? "no node was chosen for the pod"
            : "the kubelet of node %1$s says nothing of it: kubectl get node %1$s".formatted(node));
  }

  /** Its exit code, once there is one. */
  static Optional<Integer> exitCode(@Nullable Pod pod, String container) {
    return Optional.ofNullable(pod)
        .flatMap(there -> state(there, container))
        .map(ContainerState::getTerminated)
        .map(ContainerStateTerminated::getExitCode);
  }

  private static Optional<ContainerState> state(Pod pod, String container) {
    return Stream.concat(
            pod.getStatus().getContainerStatuses().stream(),
            pod.getStatus().getEphemeralContainerStatuses().stream())
        .filter(status -> status.getName().equals(container))
        .map(ContainerStatus::getState)
        .filter(Objects::nonNull)
        .findFirst();
  }

  private static String said(
      String before, @Nullable String reason, @Nullable String message, String after) {
    String text =
        Stream.of(reason, message)
            .filter(part -> part != null && !part.isBlank())
            .collect(Collectors.joining(": "));
    return text.isEmpty() ? "" : before + SafeText.TEXT.of(text) + after;
  }
}
