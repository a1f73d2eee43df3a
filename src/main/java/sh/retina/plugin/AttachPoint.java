package sh.retina.plugin;

/** Where a plugin wants a program of its object to run. */
public sealed interface AttachPoint {
  /** Name of the program in the object. */
  String program();

  /** A hook that the program's section names: tp_btf, raw_tp, tracepoint. */
  record Kernel(String program) implements AttachPoint {}

  /** Traffic control on every link of a kind, those that come later included. */
  record TrafficControl(String program, Links links, Side side) implements AttachPoint {}

  /** Which interfaces of the node. */
  enum Links {
    /** The host side of pods' veths. */
    PODS,
    /** The interfaces that carry the default routes. */
    NETWORK
  }

  /** Seen from the node: ingress of a pod's veth is what leaves the pod. */
  enum Side {
    INGRESS,
    EGRESS
  }
}
