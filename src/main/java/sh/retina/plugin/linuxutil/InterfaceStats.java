package sh.retina.plugin.linuxutil;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.NetworkCounters.InterfaceCounters;
import sh.retina.bpf.NetworkCounters.QdiscDrops;
import sh.retina.bpf.NetworkLink;
import sh.retina.event.SafeText;
import sh.retina.plugin.StatSink;

/**
 * Interfaces one by one: what the kernel counts for each, what its driver counts, what its queueing
 * discipline dropped. Loopback and the host sides of pods' veths are left out, and what is beyond
 * the bound.
 */
record InterfaceStats(LinuxutilProperties settings, NodeNetwork network) {
  private static final String LOOPBACK = "lo";
  private static final int MAX_DRIVER_COUNTERS = 256;

  void collect(StatSink sink) {
    Map<Integer, String> shown = new HashMap<>();
    List<InterfaceCounters> interfaces = chosen(sink);
    for (InterfaceCounters each : interfaces) {
      String name = SafeText.TEXT.of(each.link().name());
      shown.put(each.link().index(), name);
      each.counters().forEach((statistic, value) -> set(sink, name, statistic, value));
    }
    attempt(sink, "counters of drivers", () -> drivers(sink, interfaces));
    attempt(sink, "queueing disciplines", () -> qdiscs(sink, shown));
  }

  private List<InterfaceCounters> chosen(StatSink sink) {
    Set<Integer> networks = network.defaultRoutes();
    List<InterfaceCounters> wanted =
        network.interfaces().stream()
            .filter(each -> isWanted(each.link(), networks))
            .sorted(
                Comparator.comparing(
                        (InterfaceCounters each) -> !networks.contains(each.link().index()))
                    .thenComparing(each -> each.link().index()))
            .toList();
    if (wanted.size() > settings.maxInterfaces()) {
      sink.missing(
          (wanted.size() - settings.maxInterfaces())
              + " interfaces more than retina.linuxutil.max-interfaces");
    }
    return wanted.stream().limit(settings.maxInterfaces()).toList();
  }

  private boolean isWanted(NetworkLink link, Set<Integer> networks) {
    return !link.name().equals(LOOPBACK)
        && (settings.podInterfaces() || !link.leadsElsewhere() || networks.contains(link.index()));
  }

  private void drivers(StatSink sink, List<InterfaceCounters> interfaces) {
    Map<String, Map<String, Long>> drivers =
        network.drivers(interfaces.stream().map(each -> each.link().name()).toList());
    for (InterfaceCounters each : interfaces) {
      List<Map.Entry<String, Long>> wanted = new ArrayList<>();
      for (Map.Entry<String, Long> entry :
          drivers.getOrDefault(each.link().name(), Map.of()).entrySet()) {
        // Where both count it, the kernel's is the one that ip -s link shows.
        if (settings.isWantedOfDriver(entry.getKey())
            && !each.counters().containsKey(entry.getKey())) {
          wanted.add(entry);
        }
      }
      String name = SafeText.TEXT.of(each.link().name());
      if (wanted.size() > MAX_DRIVER_COUNTERS) {
        sink.missing(
            name + ": " + (wanted.size() - MAX_DRIVER_COUNTERS) + " counters of the driver");
      }
      wanted.stream()
          .limit(MAX_DRIVER_COUNTERS)
          .forEach(
              entry -> set(sink, name, SafeText.TEXT.of(entry.getKey().strip()), entry.getValue()));
    }
  }

  private void qdiscs(StatSink sink, Map<Integer, String> shown) {
    for (QdiscDrops drops : network.qdiscs()) {
      String name = shown.get(drops.interfaceIndex());
      if (name != null) {
        sink.set(
            LinuxutilMetric.QDISC_DROPPED,
            (double) drops.drops(),
            name,
            SafeText.TEXT.of(drops.kind()));
      }
    }
  }

  private static void set(StatSink sink, String name, String statistic, long value) {
    double unsigned = value >= 0 ? value : (value >>> 1) * 2.0 + (value & 1);
    sink.set(LinuxutilMetric.INTERFACE_STATS, unsigned, name, statistic);
  }

  private static void attempt(StatSink sink, String what, Runnable part) {
    try {
      part.run();
    } catch (BpfException e) {
      sink.missing(what + ": " + e.getMessage());
    }
  }
}
