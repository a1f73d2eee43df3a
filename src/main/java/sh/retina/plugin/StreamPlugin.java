package sh.retina.plugin;

import java.io.IOException;
import java.util.Map;

/**
 * A data source that sends events of its own accord, such as a socket of another agent. It needs no
 * object in the kernel. A record, so that it can be told whether its settings changed.
 */
public non-sealed interface StreamPlugin extends EventPlugin {
  /**
   * Reads the source until it ends; on a thread of its own, {@code stream-<name>}, which is
   * interrupted when the plugin is to stop. Called again, with back-off, after it returned or
   * threw.
   *
   * @throws IOException when the source cannot be reached or breaks off; the message is for people
   */
  void run(StreamWriter out) throws IOException;

  /** A decoder of what {@link #run} wrote, in this run or in an earlier one. */
  EventDecoder decoder(Map<String, byte[]> attributes);

  @Override
  default Map<String, byte[]> attributes() {
    return Map.of();
  }
}
