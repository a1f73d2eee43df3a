package sh.retina.kubernetes;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * One object for equal values, as pods have most of what is said of them in common. Forgets what
 * nobody else holds. Thread-safe.
 */
final class Interner {
  private final Map<Object, WeakReference<Object>> known = new WeakHashMap<>();

  String one(String text) {
    return text.isEmpty() ? "" : (String) unique(text);
  }

  /** The items too. */
  @SuppressWarnings("unchecked") // equal to a list of strings
  List<String> one(List<String> texts) {
    return texts.isEmpty()
        ? List.of()
        : (List<String>) unique(texts.stream().map(this::one).toList());
  }

  private synchronized Object unique(Object value) {
    WeakReference<Object> found = known.get(value);
    Object same = found == null ? null : found.get();
    if (same == null) {
      known.put(value, new WeakReference<>(value));
      return value;
    }
    return same;
  }
}
