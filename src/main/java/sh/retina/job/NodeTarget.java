package sh.retina.job;

import java.util.List;
import java.util.Map;

/**
 * What is recorded on a node.
 *
 * @param addresses of pods that are meant; empty: everything
 * @param names of pods by their address, for the file's reader; those that are meant, or all of the
 *     node
 */
public record NodeTarget(String node, List<String> addresses, Map<String, String> names) {
  public NodeTarget {
    addresses = List.copyOf(addresses);
    names = Map.copyOf(names);
  }
}
