package sh.retina.plugin;

import java.util.Map;

/** A source of events, which are journalled as it wrote them and decoded later. */
public sealed interface EventPlugin extends Plugin permits BpfPlugin, StreamPlugin {
  /**
   * What only the running kernel knows and a later reader needs, such as names of enum values; kept
   * in the journal.
   */
  Map<String, byte[]> attributes();

  /**
   * Whether its events say something about those of others, and are thus to be read before them.
   */
  default boolean isReadFirst() {
    return false;
  }
}
