package sh.retina.plugin.linuxutil;

import java.util.List;
import java.util.Map;
import java.util.Set;
import sh.retina.bpf.NetworkCounters;

/**
 * What no file of /proc says about the network namespace of the calling thread. All throw {@link
 * sh.retina.bpf.BpfException} when the kernel refuses.
 */
interface NodeNetwork {
  NetworkCounters.TcpSockets tcpSockets();

  List<NetworkCounters.InterfaceCounters> interfaces();

  /** Indexes of interfaces that carry default routes. */
  Set<Integer> defaultRoutes();

  List<NetworkCounters.QdiscDrops> qdiscs();

  /** What the drivers of these interfaces count, by the interface's name. */
  Map<String, Map<String, Long>> drivers(List<String> interfaces);
}
