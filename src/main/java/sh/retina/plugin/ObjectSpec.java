package sh.retina.plugin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a plugin asks the manager to open, load and attach.
 *
 * @param object base name of the compiled object under /bpf on the class path
 * @param ring how it reports events; null when it only counts in maps
 * @param knobs values of its variables: {@code const volatile} ones, and those in {@code .data}
 *     that can be set while it runs
 * @param arrays values of those that are arrays of 32-bit numbers, all elements
 * @param mapSizes entries (bytes for the ring) by map name
 */
public record ObjectSpec(
    String object,
    @Nullable RingSpec ring,
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
