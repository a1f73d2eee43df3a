package sh.retina.job;

import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.Map;

/**
 * Pods on a node that wait for commands of a terminal: to read files of captures, to record live.
 * They have the rights of a capture's pod, and end by themselves.
 */
public final class HelperPods {
  /** The annotation with the node. */
  public static final String NODE = CaptureJobs.NODE_ANNOTATION;

  private static final long LIFE_SECONDS = 3_600;
  private static final String FILES = "files";

  private final JobSettings settings;

  public HelperPods(JobSettings settings) {
    this.settings = settings;
  }

  /** One that sees the node's captures, and may not change them. */
  public Pod reader(String namespace, String capture, String node) {
    return pod(namespace, capture + "-download-", node, true);
  }

  /** One that may record. */
  public Pod recorder(String namespace, String capture, String node) {
    return pod(namespace, capture + "-stream-", node, false);
  }

  private Pod pod(String namespace, String start, String node, boolean withFiles) {
    ContainerBuilder container =
        JobPod.restricted(new ContainerBuilder(), settings)
            .withName("helper")
            .withArgs("capture", "hold", "--seconds=" + LIFE_SECONDS);
    PodSpecBuilder spec =
        JobPod.onNode(new PodSpecBuilder(), node, settings)
            .withTerminationGracePeriodSeconds(1L)
            .withActiveDeadlineSeconds(LIFE_SECONDS);
    if (withFiles) {
      container.withVolumeMounts(
          new VolumeMountBuilder()
              .withName(FILES)
              .withMountPath(settings.hostPathBase())
              .withReadOnly(true)
              .build());
      spec.withVolumes(
          new VolumeBuilder()
              .withName(FILES)
              .withNewHostPath(settings.hostPathBase(), "Directory")
              .build());
    }
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withGenerateName(start)
        .withLabels(Map.of(CaptureJobs.APP_LABEL, "capture-helper"))
        .withAnnotations(Map.of(NODE, node))
        .endMetadata()
        .withSpec(spec.withContainers(container.build()).build())
        .build();
  }
}
