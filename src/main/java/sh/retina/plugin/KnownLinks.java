package sh.retina.plugin;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import sh.retina.bpf.NetworkLink;
import sh.retina.event.SafeText;

/**
 * The names of interfaces as they were announced. One that went keeps its name for a while, as its
 * flows are still to be reported; then it is forgotten here and by who was told, or a node where
 * pods come and go would remember all of them. For the manager's thread.
 */
final class KnownLinks {
  private static final long KEEP_NS = 600_000_000_000L;

  private final Map<Integer, String> names = new HashMap<>();
  private final Map<Integer, Long> goneSinceNs = new HashMap<>();

  /**
   * What to announce, by index: names that are new or changed, empty for what is to be forgotten.
   */
  Map<Integer, String> changes(Collection<NetworkLink> all, long nowNs) {
    Map<Integer, String> changes = new LinkedHashMap<>();
    Set<Integer> there = new HashSet<>();
    for (NetworkLink link : all) {
      there.add(link.index());
      goneSinceNs.remove(link.index());
      String name = SafeText.TEXT.of(link.name());
      if (!name.equals(names.get(link.index()))) {
        changes.put(link.index(), name);
      }
    }
    for (Integer index : names.keySet()) {
      if (!there.contains(index)
          && nowNs - goneSinceNs.computeIfAbsent(index, _ -> nowNs) >= KEEP_NS) {
        changes.put(index, "");
      }
    }
    return changes;
  }

  /** The changes were taken; before that they come again. */
  void announced(Map<Integer, String> changes) {
    changes.forEach((index, name) -> {
      if (name.isEmpty()) {
        names.remove(index);
        goneSinceNs.remove(index);
      } else {
        names.put(index, name);
      }
    });
  }

  /** The name, or the index where there is none. */
  String name(int index) {
    return names.getOrDefault(index, String.valueOf(index));
  }
}
