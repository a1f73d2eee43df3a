package sh.retina.guard;

import java.time.Duration;

/**
 * How much detail packetparser reports.
 *
 * @param eachPacket a report per packet (aggregation {@code low})
 * @param reportInterval of a busy flow otherwise
 * @param samplingRate one in N new connections is followed
 */
public record Detail(boolean eachPacket, Duration reportInterval, int samplingRate) {}
