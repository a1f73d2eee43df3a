package sh.retina.plugin.packetparser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Observation;
import sh.retina.event.TcpFlag;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.EventDecoder;

/** A packet_event says the same as the flow_event of one packet that it stands for. */
class PacketEventDecoderTest {
  private static final PacketparserPlugin PLUGIN =
      new PacketparserPlugin(
          new PacketparserProperties(65_536, DataSize.ofMegabytes(4)),
          new CommonSettings(true, Duration.ofSeconds(30), 1));
  private static final int SYN = 1 << TcpFlag.SYN.ordinal();
  private static final int ACK = 1 << TcpFlag.ACK.ordinal();

  private final Arena arena = Arena.ofConfined();
  private final Random random = new Random(7);
  private final Btf btf = Btf.parse(btfOfThisBuild());

  @AfterEach
  void close() {
    arena.close();
  }

  private static byte[] btfOfThisBuild() {
    try (InputStream in =
        PacketEventDecoderTest.class.getResourceAsStream("/bpf/packetparser.bpf.o")) {
      return Btf.ofObject(Objects.requireNonNull(in).readAllBytes()).bytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldReadAPacketAsAFlowEventOfOnePacket() {
    EventDecoder decoder = PLUGIN.decoder(btf, Map.of());
    BpfStruct packet = btf.struct("packet_event");
    BpfStruct flow = btf.struct("flow_event");
    for (int flags = 0; flags < 1 << TcpFlag.SYNACK.ordinal(); flags++) {
      long packetAt = event(packet, 7);
      long flowAt = event(flow, 1);
      long seed = random.nextLong();
      fill(packet, packetAt, flags, new Random(seed));
      fill(flow, flowAt, flags, new Random(seed));
      packet.u32("bytes").set(packetAt, 0xffff_fff0L);
      flow.u64("bytes").set(flowAt, 0xffff_fff0L);
      flow.u64("packets").set(flowAt, 1);
      flow.u32("sampling").set(flowAt, 1);
      flow.u64("first_ns").set(flowAt, 12_345);
      countFlags(flow, flowAt, flags);
      Observation ofPacket = new Observation();
      Observation ofFlow = new Observation();

      assertThat(decoder.decode(packetAt, packet.sizeBytes(), ofPacket)).isTrue();
      assertThat(decoder.decode(flowAt, flow.sizeBytes(), ofFlow)).isTrue();

      assertThat(ofPacket).as("flags %x", flags).usingRecursiveComparison().isEqualTo(ofFlow);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {71, 8, 0})
  void shouldRefuseAPacketThatIsCutShort(int length) {
    long at = event(btf.struct("packet_event"), 7);

    assertThat(PLUGIN.decoder(btf, Map.of()).decode(at, length, new Observation())).isFalse();
  }

  @Test
  void shouldReadFlowsOfAnObjectThatHasNoPacketEvents() {
    // The BTF of an older agent, as its journal keeps it: what is new has another name there.
    String text = new String(btf.bytes(), StandardCharsets.ISO_8859_1);
    assertThat(text).contains("packet_event", "EVENT_PACKET");
    Btf older =
        Btf.parse(
            text.replace("packet_event", "absent_event")
                .replace("EVENT_PACKET", "EVENT_ABSENT")
                .getBytes(StandardCharsets.ISO_8859_1));
    BpfStruct flow = older.struct("flow_event");
    long at = event(flow, 1);
    fill(flow, at, ACK, random);
    flow.u64("packets").set(at, 3);
    flow.u32("sampling").set(at, 1);
    flow.u32Array("flag_counts", 10).set(at, TcpFlag.ACK.ordinal(), 3);
    Observation read = new Observation();

    assertThat(PLUGIN.decoder(older, Map.of()).decode(at, flow.sizeBytes(), read)).isTrue();

    assertThat(read.packets).isEqualTo(3);
    assertThat(read.flagCounts[TcpFlag.ACK.ordinal()]).isEqualTo(3);
  }

  private long event(BpfStruct struct, int kind) {
    MemorySegment bytes = arena.allocate(struct.sizeBytes(), 8);
    struct.u64("header.time_ns").set(bytes.address(), 12_345);
    struct.u16("header.kind").set(bytes.address(), kind);
    return bytes.address();
  }

  private static void fill(BpfStruct struct, long at, int flags, Random values) {
    byte[] address = new byte[16];
    values.nextBytes(address);
    struct.bytes("source_addr", 16).set(at, address);
    values.nextBytes(address);
    struct.bytes("destination_addr", 16).set(at, address);
    struct.u32("interface_index").set(at, values.nextInt());
    struct.u16("tcp_flags").set(at, flags);
    struct.u16("vlan").set(at, values.nextInt(4_096));
    struct.u16("source_port").set(at, values.nextInt(65_536));
    struct.u16("destination_port").set(at, values.nextInt(65_536));
    struct.u8("protocol").set(at, values.nextInt(256));
    struct.u8("ip_version").set(at, values.nextBoolean() ? 4 : 6);
    struct.u8("icmp_type").set(at, values.nextInt(256));
    struct.u8("icmp_code").set(at, values.nextInt(256));
    struct.u8("point").set(at, 5);
    struct.u8("reason").set(at, values.nextInt(3));
    struct.u8("reply").set(at, values.nextInt(3));
    struct.u8("first_on_node").set(at, values.nextInt(2));
  }

  /** As count_flags of flow_update.h does. */
  private static void countFlags(BpfStruct flow, long at, int flags) {
    int alone = flags;
    if ((flags & (SYN | ACK)) == (SYN | ACK)) {
      flow.u32Array("flag_counts", 10).set(at, TcpFlag.SYNACK.ordinal(), 1);
      alone = flags & ~(SYN | ACK);
    }
    for (int flag = 0; flag < TcpFlag.SYNACK.ordinal(); flag++) {
      flow.u32Array("flag_counts", 10).set(at, flag, alone >> flag & 1);
    }
  }
}
