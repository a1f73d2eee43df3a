package sh.retina.kubernetes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sh.retina.event.Endpoint;
import sh.retina.identity.ContextChange;

/**
 * What was told of each object, so that only changes are; and what is gone but still named for a
 * while, as reports of its last packets are still to come. Not thread-safe.
 */
final class Emissions {
  private final long graceNs;
  private final Map<String, Endpoint> told = new HashMap<>();

  // By key of the object, in the order of their ends.
  private final Map<String, Long> departing = new LinkedHashMap<>();
  private List<ContextChange> changes = new ArrayList<>();

  Emissions(Duration grace) {
    this.graceNs = grace.toNanos();
  }

  /**
   * What holds of an object now, null if it is gone.
   *
   * @param name of the object here, by which its successor replaces it
   */
  void state(String name, @Nullable Endpoint now, long nowNs) {
    Endpoint before = now == null ? told.remove(name) : told.put(name, now);
    if (now == null ? before == null : now.equals(before)) {
      return;
    }
    if (before != null && (now == null || !now.isSameObject(before))) {
      departing.put(before.key(), nowNs + graceNs);
    }
    if (now != null) {
      departing.remove(now.key());
      changes.add(new ContextChange.EndpointUp(now));
    }
  }

  void add(ContextChange change) {
    changes.add(change);
  }

  /** The changes since the last call, and ends that are due. */
  List<ContextChange> take(long nowNs) {
    Iterator<Map.Entry<String, Long>> ends = departing.entrySet().iterator();
    while (ends.hasNext()) {
      Map.Entry<String, Long> end = ends.next();
      if (end.getValue() - nowNs > 0) {
        break;
      }
      ends.remove();
      changes.add(new ContextChange.EndpointGone(end.getKey()));
    }
    List<ContextChange> taken = changes;
    changes = new ArrayList<>();
    return taken;
  }

  Iterable<Endpoint> told() {
    return told.values();
  }
}
