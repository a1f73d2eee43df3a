package sh.retina.capture;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;

/** Where the packets of a recording go. Not thread-safe. */
interface Recorder {
  void begin() throws IOException;

  /**
   * Adds a packet.
   *
   * @param comment what is known of it; empty: nothing
   * @param statistics asked for when a file ends with the packet before
   * @return false when there is no room for it by the settings, and no next file to be had
   */
  boolean append(Packet packet, String comment, Supplier<PacketSource.Statistics> statistics)
      throws IOException;

  /** No packet came for a while. */
  void idle(Supplier<PacketSource.Statistics> statistics) throws IOException;

  /** Completes what is open. */
  void end(PacketSource.Statistics statistics) throws IOException;

  /** Those that are complete. */
  List<CaptureStatus.Recorded> files();

  /** In files that are there or open, or in the stream. */
  long packets();

  /** Seen, and not taken by the disk or the reader. */
  long unwrittenPackets();
}
