package sh.retina.plugin;

/** Takes what a {@link StreamPlugin} reads. For the plugin's thread only. */
public interface StreamWriter {
  /** The source answers: the plugin runs. */
  void ready();

  /**
   * One event, which becomes one record of the journal. Waits a moment when the buffer is full;
   * then the event is lost, and counted.
   */
  void write(byte[] bytes, int offset, int length);

  /** Events that the source says it lost by itself. */
  void lost(long events);
}
