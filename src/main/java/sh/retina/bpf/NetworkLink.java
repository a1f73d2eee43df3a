package sh.retina.bpf;

import java.util.OptionalInt;

/**
 * A network interface as rtnetlink(7) describes it.
 *
 * @param kind the driver's word, such as {@code veth} or {@code bridge}; empty for hardware
 * @param peerIndex of the other end (IFLA_LINK), in the peer's namespace; 0 where there is none
 * @param masterIndex of the bridge or bond that it belongs to; 0 where there is none
 * @param isUp whether it was set up (IFF_UP)
 * @param peerNamespace the kernel's number for the peer's namespace when that is another one
 */
public record NetworkLink(
    int index,
    String name,
    String kind,
    int peerIndex,
    int masterIndex,
    boolean isUp,
    OptionalInt peerNamespace) {

  /** Whether this is the end of a pair whose other end is in another namespace, as a pod's is. */
  public boolean leadsElsewhere() {
    return kind.equals("veth") && peerNamespace.isPresent();
  }
}
