package sh.retina.plugin;

import java.util.List;
import java.util.Map;

/**
 * What a plugin asks the manager to open, load and attach.
 *
 * @param object base name of the compiled object under /bpf on the class path
 * @param ring name of its ring buffer map
 * @param stats name of its per-CPU array of counters
 * @param counters tag of the enum of its indexes, such as {@code flow_stat}: see {@link
 *     KernelCounter}
 * @param sweep program to run once a second: reports what is due and deletes what has ended
 * @param flush program that reports all that is pending, run before the agent stops
 * @param knobs values of its {@code const volatile} variables
 * @param arrays values of those that are arrays of 32-bit numbers, all elements
 * @param mapSizes entries (bytes for the ring) by map name
 */
public record ObjectSpec(
    String object,
    String ring,
    String stats,
    String counters,
    String sweep,
    String flush,
    Map<String, Long> knobs,
    Map<String, int[]> arrays,
    Map<String, Integer> mapSizes,
    List<AttachPoint> attachPoints) {
  public ObjectSpec {
    knobs = Map.copyOf(knobs);
    arrays = Map.copyOf(arrays);
    mapSizes = Map.copyOf(mapSizes);
    attachPoints = List.copyOf(attachPoints);
  }
}
