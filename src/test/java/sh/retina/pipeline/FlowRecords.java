package sh.retina.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.IpAddress;

/**
 * Spans of flow events as packetparser's ring holds them, written through the fields of its own
 * BTF.
 */
final class FlowRecords implements AutoCloseable {
  private static final int HEADER = 8; // of a record: length and page offset

  private final Arena arena = Arena.ofShared();
  private final MemorySegment span = arena.allocate(1 << 20, 8);
  private final byte[] elf = elf();
  private final Btf btf = Btf.ofObject(elf);
  private final BpfStruct flow = btf.struct("flow_event");
  private final BpfStruct packet = btf.struct("packet_event");
  private long length;
  private int count;

  private static byte[] elf() {
    try (InputStream in = FlowRecords.class.getResourceAsStream("/bpf/packetparser.bpf.o")) {
      return Objects.requireNonNull(in, "no packetparser.bpf.o: make -C src/main/c").readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] btf() {
    return btf.bytes();
  }

  /** Empties the span. */
  FlowRecords begin() {
    length = 0;
    count = 0;
    return this;
  }

  /** Adds one packet of a UDP flow, seen when a pod sent it. */
  FlowRecords add(long timeNs, String source, int port) {
    long at = addTuple(flow, "EVENT_FLOW", timeNs, source, "10.0.0.99", port);
    flow.u64("packets").set(at, 1);
    flow.u64("bytes").set(at, 100);
    flow.u32("sampling").set(at, 1);
    flow.u8("protocol").set(at, 17);
    flow.u8("point").set(at, 5);
    return this;
  }

  /** Adds one packet of a TCP connection, as level low reports it. */
  FlowRecords addTcp(long timeNs, String source, String destination, int number) {
    long at = addTuple(packet, "EVENT_PACKET", timeNs, source, destination, 80);
    packet.u32("bytes").set(at, 100);
    packet.u16("source_port").set(at, 32_768 + number % 28_000);
    packet.u8("protocol").set(at, 6);
    packet.u8("point").set(at, number % 2 == 0 ? 5 : 101);
    packet.u8("reply").set(at, 1 + number / 2 % 2);
    packet.u8("first_on_node").set(at, 1 - number % 2);
    packet.u16("tcp_flags").set(at, number % 4 == 0 ? 0x18 : 0x10);
    return this;
  }

  private long addTuple(
      BpfStruct event, String kind, long timeNs, String source, String destination, int port) {
    int size = event.sizeBytes();
    span.asSlice(length, HEADER + size).fill((byte) 0);
    span.set(ValueLayout.JAVA_INT, length, size);
    long at = span.address() + length + HEADER;
    event.u64("header.time_ns").set(at, timeNs);
    event
        .u16("header.kind")
        .set(at, Math.toIntExact(Objects.requireNonNull(btf.enumValues("event_kind").get(kind))));
    event.bytes("source_addr", 16).set(at, IpAddress.parse(source).toBytes());
    event.bytes("destination_addr", 16).set(at, IpAddress.parse(destination).toBytes());
    event.u16("destination_port").set(at, port);
    event.u8("ip_version").set(at, 4);
    length += HEADER + (size + 7L & -8);
    count++;
    return at;
  }

  /** Adds a record that no decoder knows. */
  FlowRecords addGarbage() {
    span.asSlice(length, 24).fill((byte) 0x5a);
    span.set(ValueLayout.JAVA_INT, length, 16);
    length += 24;
    count++;
    return this;
  }

  /** The records so far. */
  MemorySegment span() {
    return span.asSlice(0, length);
  }

  long address() {
    return span.address();
  }

  long byteCount() {
    return length;
  }

  int count() {
    return count;
  }

  @Override
  public void close() {
    arena.close();
  }
}
