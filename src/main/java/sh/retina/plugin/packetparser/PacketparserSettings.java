package sh.retina.plugin.packetparser;

import java.time.Duration;

/**
 * How the flow table reports.
 *
 * @param eachPacket aggregation {@code low}: a report per packet
 * @param reportInterval of a busy flow
 * @param samplingRate one in N new connections is followed
 * @param maxFlows entries of the table
 * @param ringBytes a power of two
 */
public record PacketparserSettings(
    boolean eachPacket, Duration reportInterval, int samplingRate, int maxFlows, int ringBytes) {}
