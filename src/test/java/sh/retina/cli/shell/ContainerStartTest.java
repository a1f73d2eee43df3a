package sh.retina.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import org.junit.jupiter.api.Test;
import sh.retina.cli.shell.ContainerStart.State;

/** What a pod's status says of a container, in a person's words. */
class ContainerStartTest {
  private static PodBuilder pod() {
    return new PodBuilder()
        .withNewSpec()
        .withNodeName("node-1")
        .endSpec()
        .withStatus(new PodStatusBuilder().withPhase("Pending").build());
  }

  private static ContainerStart of(ContainerState state) {
    Pod pod =
        pod()
            .editStatus()
            .addNewEphemeralContainerStatus()
            .withName("shell")
            .withState(state)
            .endEphemeralContainerStatus()
            .endStatus()
            .build();
    return ContainerStart.of(pod, "shell");
  }

  private static ContainerStart waiting(String reason, String message) {
    return of(new ContainerStateBuilder().withNewWaiting(message, reason).build());
  }

  @Test
  void shouldWaitForWhatMayBecomeBetter() {
    assertThat(of(new ContainerStateBuilder().withNewRunning().endRunning().build()).state())
        .isEqualTo(State.RUNS);
    assertThat(waiting("ContainerCreating", "").isDecided()).isFalse();
    assertThat(waiting("ErrImagePull", "no such host\u001b[31m"))
        .satisfies(start -> assertThat(start.isDecided()).isFalse())
        .satisfies(start ->
            assertThat(start.why())
                .isEqualTo("ErrImagePull: no such host\\027[31m; --image names another image"));
  }

  @Test
  void shouldGiveUpWhereWaitingIsInVain() {
    assertThat(ContainerStart.of(null, "shell").why()).isEqualTo("the pod was deleted");
    assertThat(waiting("ImagePullBackOff", "Back-off pulling image").state())
        .isEqualTo(State.FAILED);
    ContainerState ended =
        new ContainerStateBuilder()
            .withNewTerminated()
            .withExitCode(128)
            .withReason("StartError")
            .withMessage("sh: not found")
            .endTerminated()
            .build();
    assertThat(of(ended))
        .isEqualTo(
            new ContainerStart(
                State.FAILED,
                "it ended at once with exit code 128 (StartError: sh: not found): has the image a shell?"));
    Pod refused =
        pod()
            .withStatus(
                new PodStatusBuilder()
                    .withPhase("Failed")
                    .withReason("OutOfpods")
                    .withMessage("Node didn't have enough resource: pods")
                    .build())
            .build();
    assertThat(ContainerStart.of(refused, "shell"))
        .isEqualTo(
            new ContainerStart(
                State.FAILED,
                "the pod is Failed (OutOfpods: Node didn't have enough resource: pods)"));
  }

  @Test
  void shouldSayWhoseTurnItIs() {
    assertThat(ContainerStart.of(pod().build(), "shell"))
        .isEqualTo(
            new ContainerStart(
                State.WAITS,
                "the kubelet of node node-1 says nothing of it: kubectl get node node-1"));
    Pod unscheduled =
        pod()
            .editStatus()
            .addNewCondition()
            .withType("PodScheduled")
            .withStatus("False")
            .withReason("Unschedulable")
            .withMessage("0/3 nodes are available")
            .endCondition()
            .endStatus()
            .build();
    assertThat(ContainerStart.of(unscheduled, "shell").why())
        .isEqualTo("Unschedulable: 0/3 nodes are available");
  }
}
