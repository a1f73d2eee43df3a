package sh.retina.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import sh.retina.identity.CgroupTree;
import sh.retina.identity.ContextChange;

/**
 * Names the cgroups that events carry and puts the names in the journal, where later readers find
 * them. Looking names up walks the tree of cgroups, so it happens beside the path, at most once a
 * second, for all that came up meanwhile. Thread-safe.
 */
final class CgroupNames {
  /** Name of a cgroup that ended before it was looked up. */
  static final String GONE = "gone";

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ContextStore context;
  private final CgroupTree tree;
  private final Set<Long> waiting = new HashSet<>();
  private boolean hasNewPods;
  private boolean working;

  CgroupNames(ContextStore context, CgroupTree tree) {
    this.context = context;
    this.tree = tree;
  }

  /** Asks for a name; events ask again until the journal has it. */
  synchronized void wanted(long cgroupId) {
    if (waiting.add(cgroupId) && !working) {
      working = true;
      Thread.ofVirtual().name("cgroup-names").start(this::resolve);
    }
  }

  /** Pods came to this node: names their cgroups before events of them ask. */
  synchronized void podsChanged() {
    hasNewPods = true;
    if (!working) {
      working = true;
      Thread.ofVirtual().name("cgroup-names").start(this::resolve);
    }
  }

  private void resolve() {
    while (isAsked()) {
      Set<Long> ids = asked();
      List<ContextChange> changes = new ArrayList<>();
      if (takeNewPods()) {
        tree.pods().forEach((id, name) -> changes.add(new ContextChange.CgroupNamed(id, name)));
        changes.removeIf(context::isKnown);
      }
      Map<Long, String> names = ids.isEmpty() ? Map.of() : tree.names(ids);
      for (Long id : ids) {
        changes.add(new ContextChange.CgroupNamed(id, names.getOrDefault(id, GONE)));
      }
      context.apply(changes);
      LockSupport.parkNanos(this, PAUSE.toNanos());
      answered(ids);
    }
  }

  private synchronized boolean isAsked() {
    working = !waiting.isEmpty() || hasNewPods;
    return working;
  }

  private synchronized boolean takeNewPods() {
    boolean had = hasNewPods;
    hasNewPods = false;
    return had;
  }

  private synchronized Set<Long> asked() {
    return Set.copyOf(waiting);
  }

  /** Only now, as events before their name in the journal go on asking. */
  private synchronized void answered(Set<Long> ids) {
    waiting.removeAll(ids);
  }
}
