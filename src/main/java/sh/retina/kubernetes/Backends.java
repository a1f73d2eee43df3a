package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Which Services a pod is a backend of, as the slices of each tell. Not thread-safe. */
final class Backends {
  // A Service as often as slices of it name the pod.
  private final Map<String, List<String>> services = new HashMap<>();

  void add(ClusterObject.Slice slice) {
    for (String pod : slice.pods()) {
      services
          .computeIfAbsent(slice.namespace() + "/" + pod, _ -> new ArrayList<>(1))
          .add(slice.service());
    }
  }

  void remove(ClusterObject.Slice slice) {
    for (String pod : slice.pods()) {
      services.computeIfPresent(
          slice.namespace() + "/" + pod,
          (_, of) -> {
            of.remove(slice.service());
            return of.isEmpty() ? null : of;
          });
    }
  }

  /** Names, sorted; {@code pod}: {@code namespace/name}. */
  List<String> of(String pod) {
    List<String> all = services.getOrDefault(pod, List.of());
    return all.size() < 2 ? List.copyOf(all) : List.copyOf(new TreeSet<>(all));
  }
}
