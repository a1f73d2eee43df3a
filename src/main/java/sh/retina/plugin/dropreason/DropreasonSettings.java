package sh.retina.plugin.dropreason;

import java.time.Duration;
import java.util.Set;

/**
 * How drops are reported.
 *
 * @param eachPacket aggregation {@code low}: a report per dropped packet
 * @param reportInterval of a drop that goes on
 * @param excluded names of reasons that are no losses here; a name that the kernel does not know
 *     has no effect
 * @param ringBytes a power of two
 */
public record DropreasonSettings(
    boolean eachPacket, Duration reportInterval, Set<String> excluded, int ringBytes) {
  public DropreasonSettings {
    excluded = Set.copyOf(excluded);
  }
}
