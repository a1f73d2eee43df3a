package sh.retina.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;

/**
 * Packets for a reader that looks on: what came is handed over when the traffic pauses, and ten
 * times a second where it does not. Not thread-safe.
 */
final class LiveStream implements Recorder, PieceSink {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final long PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The reader has gone away; that is a stream's proper end. */
  static final class ReaderGone extends IOException {
    private static final long serialVersionUID = 1;

    ReaderGone(IOException cause) {
      super("nobody reads the stream any more: " + cause.getMessage(), cause);
    }
  }

  private final WritableByteChannel channel;
  private final PacketFormat format;
  private final long maxBytes;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private long flushedNs = System.nanoTime();
  private long bytes;
  private long packets;
  private boolean isBegun;
  private boolean isBroken;

  LiveStream(
      WritableByteChannel channel,
      CaptureSettings settings,
      InstantSource clock,
      int linkType,
      IntFunction<String> interfaceNames) {
    this.channel = channel;
    this.maxBytes = settings.maxBytes();
    this.format = PacketFormat.of(this, settings, linkType, clock, interfaceNames);
  }

  @Override
  public void begin() throws IOException {
    isBegun = true;
    format.begin();
    flush();
  }

  @Override
  public boolean append(Packet packet, String comment, Supplier<PacketSource.Statistics> statistics)
      throws IOException {
    if (maxBytes > 0 && packets > 0 && bytes + packet.length() > maxBytes) {
      return false;
    }
    format.packet(packet, comment);
    packets++;
    if (System.nanoTime() - flushedNs > PATIENCE_NS) {
      flush();
    }
    return true;
  }

  @Override
  public void append(ByteBuffer piece, boolean isPacket) throws IOException {
    if (piece.remaining() > buffer.remaining()) {
      flush();
    }
    bytes += piece.remaining();
    buffer.put(piece);
  }

  @Override
  public void idle(Supplier<PacketSource.Statistics> statistics) throws IOException {
    flush();
  }

  private void flush() throws IOException {
    if (isBroken) {
      return; // who wrote before was told
    }
    buffer.flip();
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      isBroken = true;
      throw new ReaderGone(e);
    } finally {
      buffer.clear();
      flushedNs = System.nanoTime();
    }
  }

  @Override
  public void end(PacketSource.Statistics statistics) throws IOException {
    if (isBegun) {
      format.end(statistics);
      flush();
    }
  }

  @Override
  public List<CaptureStatus.Recorded> files() {
    return List.of();
  }

  @Override
  public long packets() {
    return packets;
  }

  @Override
  public long unwrittenPackets() {
    return 0;
  }
}
