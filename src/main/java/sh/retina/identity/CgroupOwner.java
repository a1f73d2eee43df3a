package sh.retina.identity;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whose a cgroup is, by its path: kubelet names the cgroups of pods after their UID, and container
 * runtimes those below after their containers. Both drivers are known (systemd: {@code
 * kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod<uid>.slice/cri-containerd-<id>.scope};
 * cgroupfs: {@code kubepods/burstable/pod<uid>/<id>}), all classes of service, whatever kubelet's
 * own cgroup is below, and the names that containerd, CRI-O and Docker give.
 *
 * @param podUid as Kubernetes writes it; of a static pod, 32 digits without dashes
 * @param containerId 64 digits; empty for the cgroup of the pod itself and helpers beside its
 *     containers
 */
public record CgroupOwner(String podUid, String containerId) {
  private static final String PREFIX = "pod/";

  // systemd reads a dash as a level, so kubelet writes the UID with underscores there.
  private static final Pattern POD =
      Pattern.compile(
          "kubepods(?:-burstable|-besteffort|/burstable|/besteffort)?[-/]pod"
              + "([0-9a-f]{32}|[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})"
              + "(?:\\.slice)?(?=[/:]|$)");

  private static final Pattern CONTAINER =
      Pattern.compile(
          "[/:](?:cri-containerd[-:]|crio-|cri-o-|docker-|libpod-)?([0-9a-f]{64})(?:\\.scope)?(?:/.*)?");

  /** The owner of a cgroup at this path below the hierarchy's root; empty if it is no pod's. */
  public static Optional<CgroupOwner> ofPath(String path) {
    Matcher pod = POD.matcher(path);
    if (!pod.find()) {
      return Optional.empty();
    }
    String uid = pod.group(1).replace('_', '-');
    Matcher container = CONTAINER.matcher(path.substring(pod.end()));
    return Optional.of(new CgroupOwner(uid, container.matches() ? container.group(1) : ""));
  }

  /** The UID in a text that {@link #toString} made; empty for any other. */
  static Optional<UUID> podUidOf(String name) {
    if (!name.startsWith(PREFIX)) {
      return Optional.empty();
    }
    int end = name.indexOf('/', PREFIX.length());
    return uuid(name.substring(PREFIX.length(), end < 0 ? name.length() : end));
  }

  /**
   * A UID as its 128 bits, with dashes or without, as kubelet gives static pods; empty if it is
   * none.
   */
  public static Optional<UUID> uuid(String uid) {
    String digits = uid.replace("-", "");
    if (digits.length() != 32) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new UUID(
              Long.parseUnsignedLong(digits, 0, 16, 16),
              Long.parseUnsignedLong(digits, 16, 32, 16)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** {@code pod/<uid>} or {@code pod/<uid>/<container id>}. */
  @Override
  public String toString() {
    return PREFIX + podUid + (containerId.isEmpty() ? "" : "/" + containerId);
  }
}
