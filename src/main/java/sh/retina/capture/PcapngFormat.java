package sh.retina.capture;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import sh.retina.bpf.Packet;
import sh.retina.bpf.PacketSource;

/**
 * The format with blocks (draft-ietf-opsawg-pcapng): one section; names of addresses; an interface
 * when its first packet comes; packets; what the kernel counted. Times in nanoseconds.
 */
final class PcapngFormat implements PacketFormat {
  private static final int SECTION = 0x0a0d0d0a;
  private static final int INTERFACE = 1;
  private static final int NAMES = 4;
  private static final int STATISTICS = 5;
  private static final int PACKET = 6;
  private static final int BYTE_ORDER = 0x1a2b3c4d;
  private static final int COMMENT = 1;
  private static final int SECTION_OS = 3;
  private static final int SECTION_APPLICATION = 4;
  private static final int INTERFACE_NAME = 2;
  private static final int INTERFACE_RESOLUTION = 9;
  private static final int INTERFACE_FILTER = 11;
  private static final int STATISTICS_START = 2;
  private static final int STATISTICS_END = 3;
  private static final int STATISTICS_RECEIVED = 4;
  private static final int STATISTICS_INTERFACE_DROPS = 5;
  private static final int STATISTICS_KERNEL_DROPS = 7;
  private static final int NAME_IPV4 = 1;
  private static final int NAME_IPV6 = 2;
  private static final int NANOSECONDS = 9; // as a power of ten
  private static final int INDEX_IN_COOKED = 4;
  private static final int ROOM = 128 << 10;
  private static final int MAX_TEXT_BYTES = 4_000;
  private static final long NS_PER_SECOND = 1_000_000_000;

  private final PieceSink sink;
  private final CaptureSettings settings;
  private final int linkType;
  private final InstantSource clock;
  private final IntFunction<String> interfaceNames;
  private final ByteBuffer block;
  private final Map<Integer, Integer> interfaces = new HashMap<>();
  private final Instant began;

  /** {@code interfaceNames}: of an interface's index, where all are seen at once. */
  PcapngFormat(
      PieceSink sink,
      CaptureSettings settings,
      int linkType,
      InstantSource clock,
      IntFunction<String> interfaceNames) {
    this.sink = sink;
    this.settings = settings;
    this.linkType = linkType;
    this.clock = clock;
    this.interfaceNames = interfaceNames;
    this.block = ByteBuffer.allocate(settings.snapLength() + ROOM).order(ByteOrder.LITTLE_ENDIAN);
    this.began = clock.instant();
  }

  @Override
  public void begin() throws IOException {
    open(SECTION).putInt(BYTE_ORDER).putShort((short) 1).putShort((short) 0).putLong(-1);
    option(COMMENT, "capture " + settings.name() + " on node " + settings.node());
    option(SECTION_OS, "Linux " + System.getProperty("os.version", ""));
    option(SECTION_APPLICATION, "retina capture-worker");
    close(false);
    for (Map.Entry<String, String> entry : settings.names().entrySet()) {
      name(InetAddress.ofLiteral(entry.getKey()).getAddress(), entry.getValue());
    }
    if (linkType != PacketSource.COOKED) {
      describe(0, settings.device());
    }
  }

  /** A block by itself, so that their number has no bound. */
  private void name(byte[] address, String name) throws IOException {
    byte[] text = utf8(name);
    open(NAMES)
        .putShort((short) (address.length == 4 ? NAME_IPV4 : NAME_IPV6))
        .putShort((short) (address.length + text.length + 1))
        .put(address)
        .put(text)
        .put((byte) 0);
    pad();
    block.putInt(0); // the last of the block
    close(false);
  }

  private void describe(int index, String name) throws IOException {
    interfaces.put(index, interfaces.size());
    open(INTERFACE).putShort((short) linkType).putShort((short) 0).putInt(settings.snapLength());
    option(INTERFACE_NAME, name);
    option(INTERFACE_RESOLUTION, new byte[] {NANOSECONDS});
    if (!settings.filter().isEmpty()) {
      option(INTERFACE_FILTER, "\0" + settings.filter()); // 0: in libpcap's language
    }
    close(false);
  }

  @Override
  public void packet(Packet packet, String comment) throws IOException {
    int id = interfaceOf(packet);
    long time = packet.timeNs();
    open(PACKET)
        .putInt(id)
        .putInt((int) (time >>> 32))
        .putInt((int) time)
        .putInt(packet.length())
        .putInt(packet.wireLength())
        .put(packet.data(), 0, packet.length());
    pad();
    if (!comment.isEmpty()) {
      option(COMMENT, comment);
    }
    close(true);
  }

  private int interfaceOf(Packet packet) throws IOException {
    if (linkType != PacketSource.COOKED) {
      return 0;
    }
    int index = ByteBuffer.wrap(packet.data()).getInt(INDEX_IN_COOKED);
    Integer known = interfaces.get(index);
    if (known == null) {
      describe(index, interfaceNames.apply(index));
      known = interfaces.size() - 1;
    }
    return known;
  }

  /** The kernel counts for all interfaces of a source together; they stand with the first. */
  @Override
  public void end(PacketSource.Statistics statistics) throws IOException {
    if (interfaces.isEmpty()) {
      describe(0, settings.device());
    }
    long now = nanoseconds(clock.instant());
    open(STATISTICS).putInt(0).putInt((int) (now >>> 32)).putInt((int) now);
    time(STATISTICS_START, nanoseconds(began));
    time(STATISTICS_END, now);
    number(STATISTICS_RECEIVED, statistics.received());
    number(STATISTICS_INTERFACE_DROPS, statistics.interfaceDropped());
    number(STATISTICS_KERNEL_DROPS, statistics.dropped());
    close(false);
  }

  private static long nanoseconds(Instant time) {
    return time.getEpochSecond() * NS_PER_SECOND + time.getNano();
  }

  private ByteBuffer open(int type) {
    return block.clear().putInt(type).putInt(0);
  }

  private void option(int code, String text) {
    option(code, utf8(text));
  }

  private void option(int code, byte[] value) {
    block.putShort((short) code).putShort((short) value.length).put(value);
    pad();
  }

  private void number(int code, long value) {
    block.putShort((short) code).putShort((short) Long.BYTES).putLong(value);
  }

  /** The upper half first, as packets' times stand. */
  private void time(int code, long value) {
    block
        .putShort((short) code)
        .putShort((short) Long.BYTES)
        .putInt((int) (value >>> 32))
        .putInt((int) value);
  }

  private static byte[] utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= MAX_TEXT_BYTES
        ? bytes
        : new String(bytes, 0, MAX_TEXT_BYTES - 3, StandardCharsets.UTF_8)
            .getBytes(StandardCharsets.UTF_8);
  }

  private void pad() {
    while (block.position() % 4 != 0) {
      block.put((byte) 0);
    }
  }

  /** The length stands at both ends. Options end where the block does. */
  private void close(boolean isPacket) throws IOException {
    int length = block.position() + 4;
    block.putInt(4, length).putInt(length);
    sink.append(block.flip(), isPacket);
  }
}
