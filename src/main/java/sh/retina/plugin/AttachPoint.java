package sh.retina.plugin;

import java.util.List;
import java.util.stream.Stream;

/** Where a plugin wants programs of its object to run. */
public sealed interface AttachPoint {
  /**
   * A hook of the kernel itself, with the ways to get at it, the best one first. A way is a list of
   * programs that belong together, such as a function's entry and its return; the place of each is
   * what its section names: tp_btf, raw_tp, fexit, kprobe; sockops is that of all cgroups. The
   * first way of which all programs load and attach is taken. Programs of the other ways are not
   * loaded.
   *
   * <p>A hook of which none can be had degrades the plugin; one of which no hook can be had fails.
   *
   * @param name for people: a tracepoint or a function of the kernel
   */
  record Kernel(String name, List<List<String>> ways) implements AttachPoint {
    public Kernel {
      ways = ways.stream().map(List::copyOf).toList();
      if (ways.isEmpty() || ways.stream().anyMatch(List::isEmpty)) {
        throw new IllegalArgumentException("hook " + name + " has a way without a program");
      }
    }

    /** A hook that one program serves; the first of them that the kernel takes. */
    public static Kernel of(String name, String... programs) {
      return new Kernel(name, Stream.of(programs).map(List::of).toList());
    }
  }

  /** Traffic control on every link of a kind, those that come later included. */
  record TrafficControl(String program, Links links, Side side) implements AttachPoint {}

  /**
   * A filter on a packet socket at every link of a kind, those that come later included. It sees
   * what the link receives and sends, needs CAP_NET_RAW, and its answer says how much of a packet
   * is copied to the socket, which nobody reads: 0.
   */
  record SocketFilter(String program, Links links) implements AttachPoint {}

  /** Which interfaces of the node; {@link WatchedLinks} tells them apart. */
  enum Links {
    /** The host side of pods' veths. */
    PODS,
    /** The interfaces that carry the default routes. */
    NETWORK,
    /**
     * Those of {@link #NETWORK} that are on top of no other of them, so that a packet passes one of
     * them only, and whose own counters count what is on the wire: network cards, and bonds of
     * them.
     */
    LOWEST_HARDWARE,
    /** The same of those that count what the kernel hands them: veths, bridges, VLANs, tunnels. */
    LOWEST_SOFTWARE
  }

  /** Seen from the node: ingress of a pod's veth is what leaves the pod. */
  enum Side {
    INGRESS,
    EGRESS
  }
}
