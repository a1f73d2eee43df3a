package sh.retina.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;

/** The classic format, with times in nanoseconds (draft-ietf-opsawg-pcap). */
final class PcapFormat implements PacketFormat {
  private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
  private static final int HEADER_BYTES = 16;
  private static final long NS_PER_SECOND = 1_000_000_000;

  private final PieceSink sink;
  private final int snapLength;
  private final int linkType;
  private final ByteBuffer piece;

  PcapFormat(PieceSink sink, int snapLength, int linkType) {
    this.sink = sink;
    this.snapLength = snapLength;
    this.linkType = linkType;
    this.piece = ByteBuffer.allocate(HEADER_BYTES + snapLength + 8).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void begin() throws IOException {
    piece
        .clear()
        .putInt(MAGIC_NANOSECONDS)
        .putShort((short) 2)
        .putShort((short) 4)
        .putLong(0)
        .putInt(snapLength)
        .putInt(linkType);
    sink.append(piece.flip(), false);
  }

  @Override
  public void packet(Packet packet, String comment) throws IOException {
    piece
        .clear()
        .putInt((int) (packet.timeNs() / NS_PER_SECOND))
        .putInt((int) (packet.timeNs() % NS_PER_SECOND))
        .putInt(packet.length())
        .putInt(packet.wireLength())
        .put(packet.data(), 0, packet.length());
    sink.append(piece.flip(), true);
  }

  /** It has no place for that: it is in the status. */
  @Override
  public void end(PacketSource.Statistics statistics) {}
}
