package sh.retina.kubernetes;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which pods are observed: those that somebody asks for in any of the ways that there are. Nobody
 * asks: all.
 *
 * @param byAnnotation whether pods and namespaces are chosen by {@code retina.sh: observe}
 * @param configurations MetricsConfigurations; only accepted ones count
 */
record Selection(boolean byAnnotation, List<ClusterObject.Metrics> configurations) {
  Selection {
    configurations = configurations.stream().filter(ClusterObject.Metrics::isAccepted).toList();
  }

  /** Whether there is nothing to choose by. */
  boolean isEverything() {
    return !byAnnotation && configurations.isEmpty();
  }

  /** {@code namespace}: that of the pod; null if it is not known. */
  boolean covers(ClusterObject.Pod pod, ClusterObject.@Nullable Namespace namespace) {
    if (isEverything()) {
      return true;
    }
    if (byAnnotation && (pod.isObserved() || namespace != null && namespace.isObserved())) {
      return true;
    }
    String name = pod.endpoint().namespace();
    return configurations.stream()
        .anyMatch(of ->
            of.include().isEmpty() ? !of.exclude().contains(name) : of.include().contains(name));
  }
}
