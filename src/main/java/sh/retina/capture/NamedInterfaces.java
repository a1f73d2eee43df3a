package sh.retina.capture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import sh.retina.bpf.PacketSourceException;

/**
 * Several interfaces of one recording. The kernel's filter knows each by the index that it had at
 * the begin: one that goes is not seen again, whatever comes under its name, and the kernel says
 * nothing of it. So they are looked at each second. Not thread-safe.
 */
final class NamedInterfaces {
  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

  private final ToIntFunction<String> indexes;
  private final Map<String, Integer> there = new LinkedHashMap<>();
  private final Map<Integer, String> names = new HashMap<>();
  private final List<String> gone = new ArrayList<>();
  private long lookedNs;

  private NamedInterfaces(ToIntFunction<String> indexes, long nowNs) {
    this.indexes = indexes;
    this.lookedNs = nowNs;
  }

  /**
   * Finds them.
   *
   * @param wanted none where fewer than two: then nothing is to be told apart
   * @param indexes an interface's index by its name; 0: there is none
   * @param nowNs by System.nanoTime
   * @throws PacketSourceException when one is not there
   */
  static NamedInterfaces of(List<String> wanted, ToIntFunction<String> indexes, long nowNs) {
    NamedInterfaces all = new NamedInterfaces(indexes, nowNs);
    if (wanted.size() < 2) {
      return all;
    }
    for (String name : wanted) {
      int index = indexes.applyAsInt(name);
      if (index == 0) {
        throw new PacketSourceException("interface " + name + ": no such interface here");
      }
      all.there.put(name, index);
      all.names.put(index, name);
    }
    return all;
  }

  /** The filter that lets only these through, of what the other one does. */
  String filter(String other) {
    if (there.isEmpty()) {
      return other;
    }
    String these =
        "(" + String.join(" or ", there.values().stream().map(i -> "ifindex " + i).toList()) + ")";
    return other.isEmpty() ? these : these + " and (" + other + ")";
  }

  /** The name that an index had at the begin; empty: it is none of these. */
  String name(int index) {
    return names.getOrDefault(index, "");
  }

  /**
   * Looks whether all are there still, where the last look is a second ago.
   *
   * @throws PacketSourceException when none is
   */
  void look(long nowNs) {
    if (there.isEmpty() || nowNs - lookedNs < INTERVAL_NS) {
      return;
    }
    lookedNs = nowNs;
    Iterator<Map.Entry<String, Integer>> each = there.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<String, Integer> one = each.next();
      if (indexes.applyAsInt(one.getKey()) != one.getValue()) {
        gone.add(one.getKey());
        each.remove();
      }
    }
    if (there.isEmpty()) {
      throw new PacketSourceException("interfaces " + String.join(", ", gone) + ": all are gone");
    }
  }

  /** Those that went while others are there; empty while all are. */
  String warning() {
    return gone.isEmpty() || there.isEmpty()
        ? ""
        : "gone while they were recorded: interfaces " + String.join(", ", gone);
  }
}
