package sh.retina.plugin.linuxutil;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sh.retina.bpf.EthtoolStatistics;
import sh.retina.bpf.LinkMonitor;
import sh.retina.bpf.NetworkCounters;

/** As the running kernel says. */
record KernelNetwork() implements NodeNetwork {
  @Override
  public NetworkCounters.TcpSockets tcpSockets() {
    return NetworkCounters.tcpSockets();
  }

  @Override
  public List<NetworkCounters.InterfaceCounters> interfaces() {
    return NetworkCounters.interfaces();
  }

  @Override
  public Set<Integer> defaultRoutes() {
    try (LinkMonitor links = LinkMonitor.open()) {
      return links.defaultRouteInterfaces();
    }
  }

  @Override
  public List<NetworkCounters.QdiscDrops> qdiscs() {
    return NetworkCounters.qdiscs();
  }

  @Override
  public Map<String, Map<String, Long>> drivers(List<String> interfaces) {
    Map<String, Map<String, Long>> drivers = new LinkedHashMap<>();
    try (EthtoolStatistics ethtool = EthtoolStatistics.open()) {
      interfaces.forEach(name -> drivers.put(name, ethtool.of(name)));
    }
    return drivers;
  }
}
