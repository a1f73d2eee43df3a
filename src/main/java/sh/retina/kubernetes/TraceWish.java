package sh.retina.kubernetes;

import java.util.List;
import java.util.Map;

/**
 * Flows that an accepted TracesConfiguration wants to be exported. Immutable.
 *
 * @param destination {@code stdout} or {@code opentelemetry}
 * @param connection how to get there: the URL of a collector
 * @param include filters in the words of Hubble's JSON: a flow must match one
 * @param exclude the same; it must match none
 * @param firstOnly only the first packet of each connection
 */
public record TraceWish(
    String destination,
    String connection,
    List<Map<String, Object>> include,
    List<Map<String, Object>> exclude,
    boolean firstOnly) {
  public TraceWish {
    include = List.copyOf(include);
    exclude = List.copyOf(exclude);
  }
}
