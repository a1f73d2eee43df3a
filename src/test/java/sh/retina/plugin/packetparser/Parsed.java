package sh.retina.plugin.packetparser;

import sh.retina.event.IpAddress;
import sh.retina.event.Observation;

/**
 * What one frame is, as packetparser should tell it; ports are 0 where there are none.
 *
 * @param isIp whether it becomes an event; everything but {@code malformed} is 0 if not
 * @param malformed whether it counts as malformed, with or without an event
 */
record Parsed(
    boolean isIp,
    boolean malformed,
    int ip,
    int protocol,
    IpAddress source,
    IpAddress destination,
    int sourcePort,
    int destinationPort,
    int icmpType,
    int icmpCode,
    int flags,
    int vlan) {
  private static final IpAddress NONE = new IpAddress(0, 0);

  static Parsed notIp(boolean malformed) {
    return new Parsed(false, malformed, 0, 0, NONE, NONE, 0, 0, 0, 0, 0, 0);
  }

  /** What an event says; whether the frame counted as malformed stands elsewhere. */
  static Parsed of(Observation o, boolean malformed) {
    return new Parsed(
        true,
        malformed,
        o.ipVersion,
        o.protocol,
        new IpAddress(o.sourceHigh, o.sourceLow),
        new IpAddress(o.destinationHigh, o.destinationLow),
        o.sourcePort,
        o.destinationPort,
        o.icmpType,
        o.icmpCode,
        o.tcpFlags,
        o.vlan);
  }
}
