package sh.retina.plugin;

import org.jspecify.annotations.Nullable;
import sh.retina.bpf.SpanHandler;

/** Where the ring reader takes one plugin's records from. Its thread calls everything here. */
interface RecordSource {
  /** Name of the plugin. */
  String plugin();

  RecordSink.Writer writer();

  /** Whether it is to be read before the others. */
  default boolean isReadFirst() {
    return false;
  }

  /** As {@link sh.retina.bpf.RingBuffer#drain}. */
  int drain(SpanHandler handler, long maxBytes);

  /** What it can hold. */
  long sizeBytes();

  /** Once a second: reports what is due. */
  default void sweep() {}

  /** Reports all that is pending; what writes to it has ended. */
  default void flush() {}

  /** The last drain gave records. */
  default void tookRecords() {}

  /** What keeps the reader from taking records; null while nothing does. */
  void trouble(@Nullable String what);
}
