package sh.retina.plugin;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  /** Whether the other differs in the values of numbers at most: arrays are compared, too. */
  boolean isLike(ObjectSpec other) {
    return object.equals(other.object)
        && Objects.equals(ring, other.ring)
        && knobs.keySet().equals(other.knobs.keySet())
        && arrays.keySet().equals(other.arrays.keySet())
        && arrays.entrySet().stream()
            .allMatch(array -> Arrays.equals(array.getValue(), other.arrays.get(array.getKey())))
        && mapSizes.equals(other.mapSizes)
        && attachPoints.equals(other.attachPoints);
  }
}
