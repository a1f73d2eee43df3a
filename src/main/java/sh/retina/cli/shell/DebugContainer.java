package sh.retina.cli.shell;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.EphemeralContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The container with the shell, as it is asked for: root, as tools of networks want to be, but
 * without any capability that nobody named. It ends when its terminal goes, however that goes.
 *
 * @param isTerminal whether it gets a terminal; a pipe otherwise
 * @param capabilities that it has, without CAP_
 */
record DebugContainer(
    String image,
    boolean isTerminal,
    List<String> capabilities,
    boolean withoutSeccomp,
    boolean withoutAppArmor) {
  /** Of the pod on a node. */
  static final String NAME = "retina-shell";

  private static final String HOST = "host";
  private static final int UNIQUE_LENGTH = 5;

  DebugContainer {
    capabilities = List.copyOf(capabilities);
  }

  /** What of the node a shell on it sees beside its network. */
  record Host(boolean processes, boolean files, boolean writesFiles) {
    boolean isAnything() {
      return processes || hasFiles();
    }

    boolean hasFiles() {
      return files || writesFiles;
    }
  }

  private static String unique() {
    return NAME + "-" + UUID.randomUUID().toString().substring(0, UNIQUE_LENGTH);
  }

  /** A pod in the node's network, there whatever the scheduler and the taints say. */
  Pod onNode(String namespace, String node, Host host) {
    ContainerBuilder container =
        new ContainerBuilder()
            .withName(NAME)
            .withImage(image)
            .withStdin(true)
            .withStdinOnce(true)
            .withTty(isTerminal)
            .withSecurityContext(rights());
    PodSpecBuilder spec =
        new PodSpecBuilder()
            .withNodeName(node)
            .withHostNetwork(true)
            .withHostPID(host.processes() ? true : null)
            .withDnsPolicy("Default") // the node's own
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            .addNewToleration()
            .withOperator("Exists")
            .endToleration();
    if (host.hasFiles()) {
      container.withVolumeMounts(
          new VolumeMountBuilder()
              .withName(HOST)
              .withMountPath("/" + HOST)
              .withReadOnly(!host.writesFiles())
              // Read-only is only the root's file system otherwise, not what is mounted below it.
              .withRecursiveReadOnly(host.writesFiles() ? null : "IfPossible")
              .build());
      spec.withVolumes(
          new VolumeBuilder().withName(HOST).withNewHostPath("/", "Directory").build());
    }
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(unique())
        .withLabels(Map.of("retina.sh/app", "shell"))
        .endMetadata()
        .withSpec(spec.withContainers(container.build()).build())
        .build();
  }

  /** A container beside those of a pod. */
  EphemeralContainer inPod() {
    return new EphemeralContainerBuilder()
        .withName(unique())
        .withImage(image)
        .withStdin(true)
        .withStdinOnce(true)
        .withTty(isTerminal)
        .withSecurityContext(rights())
        .build();
  }

  private SecurityContext rights() {
    SecurityContextBuilder rights =
        new SecurityContextBuilder()
            .withRunAsUser(0L)
            .withRunAsNonRoot(false) // whatever the pod says of its own containers
            .withPrivileged(false)
            .withAllowPrivilegeEscalation(false)
            .withNewCapabilities()
            .withDrop("ALL")
            .withAdd(capabilities)
            .endCapabilities()
            .withNewSeccompProfile()
            .withType(withoutSeccomp ? "Unconfined" : "RuntimeDefault")
            .endSeccompProfile();
    if (withoutAppArmor) {
      rights.withNewAppArmorProfile().withType("Unconfined").endAppArmorProfile();
    }
    return rights.build();
  }
}
