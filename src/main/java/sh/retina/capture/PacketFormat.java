package sh.retina.capture;

import java.io.IOException;
import java.time.InstantSource;
import java.util.function.IntFunction;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;

/** How packets stand in one file or stream. Not thread-safe. */
interface PacketFormat {
  /** {@code interfaceNames}: of an interface's index, where all are seen at once. */
  static PacketFormat of(
      PieceSink sink,
      CaptureSettings settings,
      int linkType,
      InstantSource clock,
      IntFunction<String> interfaceNames) {
    return switch (settings.format()) {
      case PCAP -> new PcapFormat(sink, settings.snapLength(), linkType);
      case PCAPNG -> new PcapngFormat(sink, settings, linkType, clock, interfaceNames);
    };
  }

  void begin() throws IOException;

  /** {@code comment}: where the format has room for it; empty: none. */
  void packet(Packet packet, String comment) throws IOException;

  /** What the kernel counted until now, where the format has room for it. */
  void end(PacketSource.Statistics statistics) throws IOException;
}
