package sh.retina.plugin;

import java.util.Map;

/** Where records go from the rings: the journal, in the agent. */
public interface RecordSink {
  /**
   * Announces an object that was loaded.
   *
   * @param btf of the object, for who reads its records
   * @param attributes what the decoder needs beside it
   */
  Writer open(String plugin, byte[] btf, Map<String, byte[]> attributes);

  /** Called once a second by the ring reader's thread, whether records come or not. */
  void maintain();

  /** Whether somebody waits for the next records: they are then looked for more often. */
  default boolean isAwaited() {
    return false;
  }

  /** Takes the records of one object. Called by the ring reader's thread only. */
  interface Writer {
    /**
     * Takes a span of records in the ring's own format, valid during the call only. Never blocks on
     * a consumer; what it cannot keep it counts.
     */
    void append(long address, long byteCount, int records);
  }
}
