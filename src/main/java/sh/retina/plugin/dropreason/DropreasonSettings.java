package sh.retina.plugin.dropreason;

import java.time.Duration;

/**
 * How drops are reported.
 *
 * @param eachPacket aggregation {@code low}: a report per dropped packet
 * @param reportInterval of a drop that goes on
 * @param unspecified also drops without a reason (NOT_SPECIFIED)
 * @param ringBytes a power of two
 */
public record DropreasonSettings(
    boolean eachPacket, Duration reportInterval, boolean unspecified, int ringBytes) {}
