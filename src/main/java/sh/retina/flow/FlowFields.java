package sh.retina.flow;

import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.Protocol;
import sh.retina.event.SocketReport;
import sh.retina.event.Verdict;
import sh.retina.flow.proto.DropReason;

/**
 * What a flow's derived fields are, from the observation: one answer for the encoder that shows
 * them and for the filters that compare them. Nothing here allocates.
 */
final class FlowFields {
  // Message types of Cilium's monitor, which the Hubble API shows as event_type.
  static final int EVENT_DROP = 1;
  static final int EVENT_TRACE = 4;
  static final int EVENT_TRACE_SOCK = 7;
  static final int EVENT_L7 = 129;

  // IP protocols (IANA) that Hubble names but that nothing here looks into.
  static final int IGMP = 2;
  static final int VRRP = 112;

  private FlowFields() {}

  static boolean isDrop(Observation o) {
    return o.verdict == Verdict.DROPPED;
  }

  /** Whether a socket tells of itself; no packet of its own stands behind the flow. */
  static boolean isSocket(Observation o) {
    return o.socketReport != SocketReport.NONE;
  }

  static int eventType(Observation o) {
    if (o.dns != null) {
      return EVENT_L7;
    }
    if (o.monitorType != 0) {
      return o.monitorType;
    }
    return isDrop(o) ? EVENT_DROP : isSocket(o) ? EVENT_TRACE_SOCK : EVENT_TRACE;
  }

  /** The reason's number of a drop, else the datapath's number of the point; 0 for layer 7. */
  static int eventSubType(Observation o) {
    if (o.dns != null || o.monitorType != 0) {
      return 0;
    }
    if (isDrop(o)) {
      return dropReason(o).getNumber();
    }
    // The datapath says 0 where the API's enum says 101.
    return o.point == ObservationPoint.TO_ENDPOINT ? 0 : o.point.id();
  }

  static DropReason dropReason(Observation o) {
    return isDrop(o) ? DropReasons.of(o.dropReasonName) : DropReason.DROP_REASON_UNKNOWN;
  }

  /**
   * Direction of the connection, as Hubble tells it, seen from the endpoint or node at the point: a
   * reply on its way out belongs to a connection that came in. A drop says its own.
   */
  static Direction direction(Observation o) {
    Direction packet =
        switch (o.point) {
          case TO_ENDPOINT, FROM_NETWORK -> Direction.INGRESS;
          case FROM_ENDPOINT, TO_NETWORK -> Direction.EGRESS;
          case UNKNOWN,
              TO_PROXY,
              TO_HOST,
              TO_STACK,
              TO_OVERLAY,
              FROM_PROXY,
              FROM_HOST,
              FROM_STACK,
              FROM_OVERLAY ->
              o.direction;
        };
    if (o.reply != Observation.Reply.YES) {
      return packet;
    }
    return switch (packet) {
      case INGRESS -> Direction.EGRESS;
      case EGRESS -> Direction.INGRESS;
      case UNKNOWN -> Direction.UNKNOWN;
    };
  }

  static boolean hasPorts(Observation o) {
    return switch (o.protocol) {
      case Protocol.TCP, Protocol.UDP, Protocol.SCTP -> true;
      default -> false;
    };
  }
}
