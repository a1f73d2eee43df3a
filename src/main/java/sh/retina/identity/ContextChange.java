package sh.retina.identity;

import sh.retina.event.Endpoint;
import sh.retina.event.SafeText;

/**
 * One change of what the node knows about addresses and names, as it is journalled between the
 * events. Names are {@link SafeText}.
 */
public sealed interface ContextChange {
  /** An object appeared or changed; replaces what was known of it. */
  record EndpointUp(Endpoint endpoint) implements ContextChange {}

  /** The object with this {@link Endpoint#key} is gone. */
  record EndpointGone(String key) implements ContextChange {}

  /** The interface with this index carries this name. */
  record InterfaceNamed(int index, String name) implements ContextChange {
    public InterfaceNamed {
      name = SafeText.TEXT.of(name);
    }
  }

  /**
   * The overhead guard changed how much detail is reported from here on; step 0 is as configured.
   */
  record DetailStepped(
      int step, String cause, boolean eachPacket, long reportIntervalNs, int samplingRate)
      implements ContextChange {
    public DetailStepped {
      cause = SafeText.TEXT.of(cause);
    }
  }

  /**
   * Whose a cgroup is: {@code pod/<uid>}, {@code pod/<uid>/<container>}, else its path below the
   * hierarchy's root.
   */
  record CgroupNamed(long id, String name) implements ContextChange {}

  /**
   * Whether the cluster's objects are still to come: while they are, nothing follows from an
   * address being nobody's.
   */
  record ClusterAwaited(boolean isAwaited) implements ContextChange {}

  /** The kernel function that an address lies in. */
  record SymbolNamed(long address, String name) implements ContextChange {
    public SymbolNamed {
      name = SafeText.TEXT.of(name);
    }
  }
}
