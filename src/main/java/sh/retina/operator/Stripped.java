package sh.retina.operator;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Metadata without what is large and of no use here. */
final class Stripped {
  private static final String OURS = "retina.sh";

  private Stripped() {}

  static ObjectMeta of(ObjectMeta metadata) {
    metadata.setManagedFields(List.of());
    metadata.setAnnotations(ours(metadata.getAnnotations()));
    return metadata;
  }

  /** Annotations of others may be long, as kubectl's with the whole object. */
  private static Map<String, String> ours(Map<String, String> annotations) {
    if (annotations == null || annotations.isEmpty()) {
      return Map.of();
    }
    Map<String, String> kept = new TreeMap<>(annotations);
    kept.keySet().removeIf(key -> !key.equals(OURS) && !key.startsWith(OURS + "/"));
    return kept.isEmpty() ? Map.of() : kept;
  }
}
