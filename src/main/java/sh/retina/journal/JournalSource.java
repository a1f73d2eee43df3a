package sh.retina.journal;

import java.util.Map;

/**
 * Who wrote records: one loaded object of one plugin in one run of the agent. Immutable.
 *
 * @param id unique within a run
 * @param runId of the agent's run
 * @param btf type information to read the records by
 * @param attributes what a decoder needs beside it
 */
public record JournalSource(
    int id, long runId, String plugin, byte[] btf, Map<String, byte[]> attributes) {
  public JournalSource {
    attributes = Map.copyOf(attributes);
  }
}
