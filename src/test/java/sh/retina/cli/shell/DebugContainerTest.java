package sh.retina.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is made for a shell has what is asked, and no more. */
class DebugContainerTest {
  private static final DebugContainer PLAIN =
      new DebugContainer("registry.test/tools:1", true, List.of(), false, false);

  private static Pod pod(boolean processes, boolean files, boolean writesFiles) {
    return PLAIN.onNode("ops", "node-1", new DebugContainer.Host(processes, files, writesFiles));
  }

  @Test
  void shouldMakeAPodOnTheNodeThatSeesItsNetworkOnly() {
    Pod pod = pod(false, false, false);

    assertThat(pod.getMetadata().getName()).matches("retina-shell-[0-9a-f]{5}");
    assertThat(pod.getMetadata().getNamespace()).isEqualTo("ops");
    assertThat(pod.getSpec().getNodeName()).isEqualTo("node-1");
    assertThat(pod.getSpec().getHostNetwork()).isTrue();
    assertThat(pod.getSpec().getHostPID()).isNull();
    assertThat(pod.getSpec().getVolumes()).isEmpty();
    assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Never");
    assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getSpec().getTolerations())
        .singleElement()
        .satisfies(every -> assertThat(every.getOperator()).isEqualTo("Exists"))
        .satisfies(every -> assertThat(every.getKey()).isNull())
        .satisfies(every -> assertThat(every.getEffect()).isNull());
    Container shell = pod.getSpec().getContainers().getFirst();
    assertThat(shell.getImage()).isEqualTo("registry.test/tools:1");
    assertThat(shell.getTty()).isTrue();
    assertThat(shell.getStdinOnce()).isTrue(); // it ends with its terminal
  }

  @Test
  void shouldDropAllThatIsNotNamed() {
    SecurityContext rights =
        pod(true, true, true).getSpec().getContainers().getFirst().getSecurityContext();

    assertThat(rights.getPrivileged()).isFalse();
    assertThat(rights.getAllowPrivilegeEscalation()).isFalse();
    assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(rights.getCapabilities().getAdd()).isEmpty();
    assertThat(rights.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(rights.getAppArmorProfile()).isNull();
  }

  @Test
  void shouldGiveWhatIsNamed() {
    SecurityContext rights =
        new DebugContainer("i", false, List.of("NET_RAW"), true, true).inPod().getSecurityContext();

    assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(rights.getCapabilities().getAdd()).containsExactly("NET_RAW");
    assertThat(rights.getSeccompProfile().getType()).isEqualTo("Unconfined");
    assertThat(rights.getAppArmorProfile().getType()).isEqualTo("Unconfined");
    assertThat(pod(true, false, false).getSpec().getHostPID()).isTrue();
  }

  @Test
  void shouldMountTheNodesFilesReadOnlyUnlessTheyAreToBeWritten() {
    assertThat(pod(false, true, false).getSpec().getContainers().getFirst().getVolumeMounts())
        .singleElement()
        .satisfies(mount -> assertThat(mount.getMountPath()).isEqualTo("/host"))
        .satisfies(mount -> assertThat(mount.getReadOnly()).isTrue())
        .satisfies(mount -> assertThat(mount.getRecursiveReadOnly()).isEqualTo("IfPossible"));
    for (boolean files : new boolean[] {false, true}) {
      Pod written = pod(false, files, true);
      assertThat(written.getSpec().getVolumes().getFirst().getHostPath().getPath()).isEqualTo("/");
      assertThat(written.getSpec().getContainers().getFirst().getVolumeMounts())
          .singleElement()
          .satisfies(mount -> assertThat(mount.getReadOnly()).isFalse())
          .satisfies(mount -> assertThat(mount.getRecursiveReadOnly()).isNull());
    }
  }

  @Test
  void shouldGiveAContainerInAPodANameOfItsOwn() {
    EphemeralContainer first = PLAIN.inPod();

    assertThat(first.getName()).matches("retina-shell-[0-9a-f]{5}");
    assertThat(PLAIN.inPod().getName()).isNotEqualTo(first.getName());
    assertThat(first.getStdin()).isTrue();
    assertThat(first.getStdinOnce()).isTrue();
    assertThat(new DebugContainer("i", false, List.of(), false, false).inPod().getTty()).isFalse();
  }
}
