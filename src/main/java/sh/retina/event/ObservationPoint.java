package sh.retina.event;

/**
 * Where on the node a packet was seen. The ids are those of {@code enum observation_point} in
 * event.h and of Hubble's TraceObservationPoint.
 */
public enum ObservationPoint {
  /** Not on a traced path: drops. */
  UNKNOWN(0),
  /** Leaving a pod: tc ingress of the host side of its veth. */
  FROM_ENDPOINT(5),
  /** Entering a pod: tc egress of the host side of its veth. */
  TO_ENDPOINT(101),
  /** Coming in on the node's network interface. */
  FROM_NETWORK(10),
  /** Going out on the node's network interface. */
  TO_NETWORK(11),

  // Only Cilium's datapath has these; event.h does not.
  TO_PROXY(1),
  TO_HOST(2),
  TO_STACK(3),
  TO_OVERLAY(4),
  FROM_PROXY(6),
  FROM_HOST(7),
  FROM_STACK(8),
  FROM_OVERLAY(9);

  private static final ObservationPoint[] BY_ID = new ObservationPoint[128];

  static {
    for (ObservationPoint point : values()) {
      BY_ID[point.id] = point;
    }
  }

  private final int id;

  ObservationPoint(int id) {
    this.id = id;
  }

  public int id() {
    return id;
  }

  /** The point with this id; {@link #UNKNOWN} for an id that this version does not know. */
  public static ObservationPoint of(int id) {
    ObservationPoint point = id >= 0 && id < BY_ID.length ? BY_ID[id] : UNKNOWN;
    return point == null ? UNKNOWN : point;
  }
}
