package sh.retina.plugin;

import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import sh.retina.bpf.NetworkLink;

/** The interfaces of the node by what they are to plugins, as indexes. */
record WatchedLinks(Map<AttachPoint.Links, Set<Integer>> byKind) {
  WatchedLinks {
    byKind = Map.copyOf(byKind);
  }

  /**
   * @param all interfaces of the namespace
   * @param networks indexes of those that carry the default routes
   */
  static WatchedLinks of(Collection<NetworkLink> all, Set<Integer> networks) {
    Map<AttachPoint.Links, Set<Integer>> byKind = new EnumMap<>(AttachPoint.Links.class);
    for (AttachPoint.Links kind : AttachPoint.Links.values()) {
      byKind.put(kind, new LinkedHashSet<>());
    }
    byKind.put(AttachPoint.Links.NETWORK, networks);
    Map<Integer, NetworkLink> byIndex = new LinkedHashMap<>();
    all.forEach(link -> byIndex.put(link.index(), link));
    for (NetworkLink link : all) {
      if (!networks.contains(link.index())) {
        if (link.leadsElsewhere()) {
          add(byKind, AttachPoint.Links.PODS, link);
        }
      } else if (!isOnTopOfOne(link, networks, byIndex)) {
        add(
            byKind,
            isHardware(link)
                ? AttachPoint.Links.LOWEST_HARDWARE
                : AttachPoint.Links.LOWEST_SOFTWARE,
            link);
      }
    }
    return new WatchedLinks(byKind);
  }

  private static void add(
      Map<AttachPoint.Links, Set<Integer>> byKind, AttachPoint.Links kind, NetworkLink link) {
    byKind.computeIfAbsent(kind, _ -> new LinkedHashSet<>()).add(link.index());
  }

  /** The driver of a network card has no kind; a bond adds up what its cards count. */
  private static boolean isHardware(NetworkLink link) {
    return link.kind().isEmpty() || link.kind().equals("bond");
  }

  /** Whether what passes it also passes another of these: its VLAN's card, its bridge's port. */
  private static boolean isOnTopOfOne(
      NetworkLink link, Set<Integer> of, Map<Integer, NetworkLink> all) {
    return of.stream()
        .map(all::get)
        .anyMatch(other -> other != null && other != link && isAbove(link, other, all, all.size()));
  }

  private static boolean isAbove(
      NetworkLink upper, NetworkLink lower, Map<Integer, NetworkLink> all, int depth) {
    if (depth == 0) {
      return false; // the kernel allows no such circle
    }
    if (lower.masterIndex() == upper.index()) {
      return true;
    }
    // The other end of a veth is beside it and not below.
    boolean isOnPeer =
        upper.peerIndex() != 0 && upper.peerNamespace().isEmpty() && !upper.kind().equals("veth");
    if (isOnPeer && upper.peerIndex() == lower.index()) {
      return true;
    }
    NetworkLink peer = isOnPeer ? all.get(upper.peerIndex()) : null;
    if (peer != null && isAbove(peer, lower, all, depth - 1)) {
      return true;
    }
    NetworkLink master = lower.masterIndex() == 0 ? null : all.get(lower.masterIndex());
    return master != null && master != upper && isAbove(upper, master, all, depth - 1);
  }

  /** Indexes of all of a kind. */
  Set<Integer> are(AttachPoint.Links kind) {
    return byKind.getOrDefault(kind, Set.of());
  }
}
