package sh.retina.flow;

import java.util.List;

/** What Hubble calls the places where Cilium's datapath reports packets that pass. */
public final class TracePoints {
  /** By the datapath's number. */
  public static final List<String> NAMES =
      List.of(
          "to-endpoint",
          "to-proxy",
          "to-host",
          "to-stack",
          "to-overlay",
          "from-endpoint",
          "from-proxy",
          "from-host",
          "from-stack",
          "from-overlay",
          "from-network",
          "to-network",
          "from-crypto",
          "to-crypto");

  private TracePoints() {}
}
