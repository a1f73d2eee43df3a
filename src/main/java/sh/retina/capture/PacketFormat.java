package sh.retina.capture;

import java.io.IOException;
import sh.retina.bpf.PacketSource;

/** How packets stand in one file. Not thread-safe. */
interface PacketFormat {
  void begin() throws IOException;

  /** The packet that the source is at. */
  void packet(PacketSource source) throws IOException;

  /** What the kernel counted until now, where the format has room for it. */
  void end(PacketSource.Statistics statistics) throws IOException;
}
