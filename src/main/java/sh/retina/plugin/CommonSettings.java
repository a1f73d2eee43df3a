package sh.retina.plugin;

import java.time.Duration;

/**
 * What is set for all plugins together.
 *
 * @param eachPacket aggregation level {@code low}: an event per packet
 * @param reportInterval how long what is counted may go unreported at level {@code high}
 * @param samplingRate one in N new connections is followed
 */
public record CommonSettings(boolean eachPacket, Duration reportInterval, int samplingRate) {}
