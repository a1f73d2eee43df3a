package sh.retina.capture;

import java.nio.ByteBuffer;
import sh.retina.bpf.Packet;

/**
 * The newest packets, in a fixed piece of memory outside of Java's heap. As a {@link Packet} it is
 * the one that was taken out last. Not thread-safe.
 */
final class PacketRing implements Packet {
  private static final int HEADER_BYTES = 4 + 4 + 8;

  private final ByteBuffer memory;
  private final byte[] data;
  private final byte[] header = new byte[HEADER_BYTES];
  private final ByteBuffer fields = ByteBuffer.wrap(header);
  private long head; // of the oldest, counted on and on
  private long tail; // where the next goes
  private long packets;
  private long displaced;
  private int length;
  private int wireLength;
  private long timeNs;

  /**
   * {@code bytes} has room for one packet of {@code snapLength} at least.
   *
   * @throws IllegalStateException when Java has not so much memory
   */
  PacketRing(int bytes, int snapLength) {
    memory = memory(Math.max(bytes, HEADER_BYTES + snapLength));
    data = new byte[snapLength];
  }

  private static ByteBuffer memory(int bytes) {
    try {
      return ByteBuffer.allocateDirect(bytes);
    } catch (OutOfMemoryError e) {
      throw new IllegalStateException(
          "no memory for "
              + bytes
              + " bytes of packets: set a smaller --before, or give Java more by"
              + " -XX:MaxDirectMemorySize",
          e);
    }
  }

  /** Whether it would have to forget others for this packet. */
  boolean isFull(Packet packet) {
    return tail - head + HEADER_BYTES + packet.length() > memory.capacity();
  }

  /** Keeps a copy, and forgets the oldest where there is no room. */
  void add(Packet packet) {
    while (isFull(packet)) {
      read(head, header, HEADER_BYTES);
      head += HEADER_BYTES + fields.getInt(0);
      packets--;
      displaced++;
    }
    fields.putInt(0, packet.length()).putInt(4, packet.wireLength()).putLong(8, packet.timeNs());
    write(tail, header, HEADER_BYTES);
    write(tail + HEADER_BYTES, packet.data(), packet.length());
    tail += HEADER_BYTES + packet.length();
    packets++;
  }

  boolean isEmpty() {
    return packets == 0;
  }

  long packets() {
    return packets;
  }

  /** How many were forgotten. */
  long displaced() {
    return displaced;
  }

  /** When the oldest came; there is one. */
  long oldestNs() {
    read(head, header, HEADER_BYTES);
    return fields.getLong(8);
  }

  /** Takes the oldest out; false when there is none. */
  boolean take() {
    if (isEmpty()) {
      return false;
    }
    read(head, header, HEADER_BYTES);
    length = fields.getInt(0);
    wireLength = fields.getInt(4);
    timeNs = fields.getLong(8);
    read(head + HEADER_BYTES, data, length);
    head += HEADER_BYTES + length;
    packets--;
    return true;
  }

  private void write(long at, byte[] from, int count) {
    int start = (int) (at % memory.capacity());
    int first = Math.min(count, memory.capacity() - start);
    memory.put(start, from, 0, first).put(0, from, first, count - first);
  }

  private void read(long at, byte[] to, int count) {
    int start = (int) (at % memory.capacity());
    int first = Math.min(count, memory.capacity() - start);
    memory.get(start, to, 0, first).get(0, to, first, count - first);
  }

  @Override
  public byte[] data() {
    return data;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int wireLength() {
    return wireLength;
  }

  @Override
  public long timeNs() {
    return timeNs;
  }
}
