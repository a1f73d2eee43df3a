package sh.retina.operator;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sh.retina.crd.RetinaEndpointSpec;

/** What the endpoint of a pod should be. */
final class DesiredEndpoint {
  private DesiredEndpoint() {}

  /** Null for a pod that has no address of its own: none yet, its node's, or not any more. */
  static @Nullable RetinaEndpointSpec of(@Nullable PodView pod) {
    if (pod == null || pod.getStatus() == null) {
      return null;
    }
    PodView.Status status = pod.getStatus();
    boolean onHost = pod.getSpec() != null && Boolean.TRUE.equals(pod.getSpec().hostNetwork());
    boolean ended = "Succeeded".equals(status.phase()) || "Failed".equals(status.phase());
    if (onHost || ended || status.podIP() == null || status.podIP().isEmpty()) {
      return null;
    }
    ObjectMeta metadata = pod.getMetadata();
    return new RetinaEndpointSpec(
        nullIfEmpty(
            listOf(status.containerStatuses()).stream()
                .map(one -> new RetinaEndpointSpec.Container(one.name(), one.containerID()))
                .toList()),
        nullIfEmpty(
            listOf(metadata.getOwnerReferences()).stream()
                .map(owner ->
                    new RetinaEndpointSpec.Owner(
                        owner.getApiVersion(), owner.getKind(), owner.getName()))
                .toList()),
        status.hostIP(),
        status.podIP(),
        addresses(status),
        nullIfEmpty(metadata.getLabels()),
        nullIfEmpty(metadata.getAnnotations()));
  }

  /**
   * So that the API server deletes the endpoint when the pod is gone, whoever is there to see it.
   */
  static List<OwnerReference> owner(PodView pod) {
    return List.of(
        new OwnerReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Pod")
            .withName(pod.getMetadata().getName())
            .withUid(pod.getMetadata().getUid())
            .build());
  }

  private static List<String> addresses(PodView.Status status) {
    List<String> addresses =
        listOf(status.podIPs()).stream().map(PodView.Ip::ip).filter(Objects::nonNull).toList();
    String podIp = status.podIP();
    return addresses.isEmpty() && podIp != null ? List.of(podIp) : addresses;
  }

  private static <T> List<T> listOf(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static <T> @Nullable List<T> nullIfEmpty(List<T> list) {
    return list.isEmpty() ? null : list;
  }

  private static @Nullable Map<String, String> nullIfEmpty(@Nullable Map<String, String> map) {
    return map == null || map.isEmpty() ? null : map;
  }
}
