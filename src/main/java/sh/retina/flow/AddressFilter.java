package sh.retina.flow;

import sh.retina.event.IpAddress;
import sh.retina.event.IpPrefix;

/** An address or a CIDR block, as mask and value over the 16 bytes of {@link IpAddress}. */
record AddressFilter(int ipVersion, long high, long low, long highMask, long lowMask) {
  static AddressFilter parse(String text) {
    IpPrefix prefix = IpPrefix.parse(text);
    return new AddressFilter(
        prefix.isV4() ? 4 : 6,
        prefix.address().high(),
        prefix.address().low(),
        prefix.highMask(),
        prefix.lowMask());
  }

  FlowFilter ofSource() {
    return o ->
        o.ipVersion == ipVersion
            && (o.sourceHigh & highMask) == high
            && (o.sourceLow & lowMask) == low;
  }

  FlowFilter ofDestination() {
    return o ->
        o.ipVersion == ipVersion
            && (o.destinationHigh & highMask) == high
            && (o.destinationLow & lowMask) == low;
  }
}
