package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.event.Verdict;
import sh.retina.plugin.dropreason.DropreasonPlugin;
import sh.retina.plugin.dropreason.DropreasonSettings;
import sh.retina.plugin.packetparser.PacketparserPlugin;
import sh.retina.plugin.packetparser.PacketparserSettings;

/** The compiled objects and the Java that reads their events agree; needs no kernel. */
class EventLayoutTest {
  private static final Map<String, byte[]> REASONS =
      Map.of("drop_reasons", "3 NO_SOCKET\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));

  /** One plugin with the struct and the kind of its events. */
  record Layout(BpfPlugin plugin, String struct, String kind) {
    Btf btf() {
      String resource = "/bpf/" + plugin.spec().object() + ".bpf.o";
      try (InputStream in = EventLayoutTest.class.getResourceAsStream(resource)) {
        return Btf.ofObject(java.util.Objects.requireNonNull(in, resource).readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    EventDecoder decoder(Btf btf) {
      return plugin.decoder(btf, REASONS);
    }

    @Override
    public String toString() {
      return plugin.name();
    }
  }

  private static final Layout FLOWS =
      new Layout(
          new PacketparserPlugin(
              new PacketparserSettings(false, Duration.ofSeconds(1), 1, 1024, 1 << 16)),
          "flow_event",
          "EVENT_FLOW");
  private static final Layout DROPS =
      new Layout(
          new DropreasonPlugin(
              new DropreasonSettings(false, Duration.ofSeconds(1), Set.of(), 1 << 16)),
          "drop_event",
          "EVENT_DROP");

  static List<Layout> layouts() {
    return List.of(FLOWS, DROPS);
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldHaveNoHolesAndBeginWithTheHeader(Layout layout) {
    BpfStruct event = layout.btf().struct(layout.struct());

    assertThat(event.holes()).isEmpty();
    assertThat(event.u64("header.time_ns").offset()).isZero();
    assertThat(event.u16("header.kind").offset()).isEqualTo(8);
    assertThat(event.sizeBytes() % 8).isZero();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldHaveEveryCounterOfTheManager(Layout layout) {
    String tag = layout.plugin().spec().counters();

    assertThat(layout.btf().enumValues(tag).keySet())
        .containsAll(
            Arrays.stream(KernelCounter.values())
                .map(counter -> tag.toUpperCase(Locale.ROOT) + "_" + counter)
                .toList());
  }

  @Test
  void shouldNumberEnumsAsTheKernelSideDoes() {
    Btf flows = FLOWS.btf();

    for (ReportReason reason : ReportReason.values()) {
      assertThat(flows.enumValues("report_reason"))
          .containsEntry("REPORT_" + reason, (long) reason.ordinal());
    }
    for (ObservationPoint point : ObservationPoint.values()) {
      assertThat(flows.enumValues("observation_point"))
          .containsEntry("POINT_" + point, (long) point.id());
    }
    for (Observation.Reply reply : Observation.Reply.values()) {
      assertThat(flows.enumValues("reply")).containsEntry("REPLY_" + reply, (long) reply.ordinal());
    }
    for (TcpFlag flag : TcpFlag.values()) {
      assertThat(flows.enumValues("tcp_flag")).containsEntry("FLAG_" + flag, (long) flag.ordinal());
    }
    assertThat(flows.enumValues("tcp_flag"))
        .containsEntry("FLAG_COUNT", (long) TcpFlag.values().length);
    for (Direction direction : Direction.values()) {
      assertThat(DROPS.btf().enumValues("direction"))
          .containsEntry("DIRECTION_" + direction, (long) direction.ordinal());
    }
  }

  @Test
  void shouldReadEachFieldOfAFlow() {
    try (Arena arena = Arena.ofConfined()) {
      Btf btf = FLOWS.btf();
      BpfStruct struct = btf.struct("flow_event");
      long at = event(arena, btf, FLOWS);
      fillShared(struct, at);
      struct.u64("rtt_ns").set(at, 31);
      struct.u64("connect_ns").set(at, 32);
      struct.u32("sampling").set(at, 3);
      struct.u32Array("flag_counts", 10).set(at, TcpFlag.SYN.ordinal(), 5);
      struct.u8("point").set(at, ObservationPoint.TO_ENDPOINT.id());
      struct.u8("reply").set(at, 2);
      struct.u8("first_on_node").set(at, 1);
      Observation read = new Observation();

      assertThat(FLOWS.decoder(btf).decode(at, struct.sizeBytes(), read)).isTrue();

      assertShared(read, 3);
      assertThat(read.plugin).isEqualTo("packetparser");
      assertThat(read.verdict).isEqualTo(Verdict.FORWARDED);
      assertThat(read.rttNs).isEqualTo(31);
      assertThat(read.connectNs).isEqualTo(32);
      assertThat(read.sampling).isEqualTo(3);
      assertThat(read.flagCounts[TcpFlag.SYN.ordinal()]).isEqualTo(15);
      assertThat(read.point).isEqualTo(ObservationPoint.TO_ENDPOINT);
      assertThat(read.reply).isEqualTo(Observation.Reply.YES);
      assertThat(read.firstOnNode).isTrue();
    }
  }

  @Test
  void shouldReadEachFieldOfADrop() {
    try (Arena arena = Arena.ofConfined()) {
      Btf btf = DROPS.btf();
      BpfStruct struct = btf.struct("drop_event");
      long at = event(arena, btf, DROPS);
      fillShared(struct, at);
      struct.u64("location").set(at, 0xffffffff81000000L);
      struct.u64("cgroup_id").set(at, 41);
      struct.u32("drop_reason").set(at, 3);
      struct.u32("network_namespace").set(at, 0xf0000001L);
      struct.bytes("interface_name", 16).set(at, new byte[] {'v', '-', 'a'});
      struct.u8("direction").set(at, 1);
      Observation read = new Observation();

      assertThat(DROPS.decoder(btf).decode(at, struct.sizeBytes(), read)).isTrue();

      assertShared(read, 1);
      assertThat(read.plugin).isEqualTo("dropreason");
      assertThat(read.verdict).isEqualTo(Verdict.DROPPED);
      assertThat(read.dropLocation).isEqualTo(0xffffffff81000000L);
      assertThat(read.cgroupId).isEqualTo(41);
      assertThat(read.dropReason).isEqualTo(3);
      assertThat(read.dropReasonName).isEqualTo("NO_SOCKET");
      assertThat(read.networkNamespace).isEqualTo(0xf0000001);
      assertThat(read.interfaceNameHigh).isEqualTo(0x762d610000000000L);
      assertThat(read.direction).isEqualTo(Direction.INGRESS);
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldRefuseAnotherKindAndWhatIsCutShort(Layout layout) {
    try (Arena arena = Arena.ofConfined()) {
      Btf btf = layout.btf();
      BpfStruct struct = btf.struct(layout.struct());
      long at = event(arena, btf, layout);
      EventDecoder decoder = layout.decoder(btf);
      Observation read = new Observation();

      assertThat(decoder.decode(at, struct.sizeBytes() - 1, read)).isFalse();
      assertThat(decoder.decode(at, 0, read)).isFalse();
      struct.u16("header.kind").set(at, 999);
      assertThat(decoder.decode(at, struct.sizeBytes(), read)).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void shouldReadAnyBytesWithoutFailing(Layout layout) {
    Btf btf = layout.btf();
    BpfStruct struct = btf.struct(layout.struct());
    EventDecoder decoder = layout.decoder(btf);
    long kind = kind(btf, layout);
    Random random = new Random(1);
    Observation read = new Observation();
    byte[] bytes = new byte[struct.sizeBytes()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(struct.sizeBytes(), 8);
      for (int i = 0; i < 10_000; i++) {
        random.nextBytes(bytes);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        struct.u16("header.kind").set(memory.address(), (int) kind);
        read.clear();
        assertThat(decoder.decode(memory.address(), bytes.length, read)).isTrue();
      }
    }
  }

  private static long event(Arena arena, Btf btf, Layout layout) {
    BpfStruct struct = btf.struct(layout.struct());
    long at = arena.allocate(struct.sizeBytes(), 8).address();
    struct.u64("header.time_ns").set(at, 11);
    struct.u16("header.kind").set(at, (int) kind(btf, layout));
    return at;
  }

  private static long kind(Btf btf, Layout layout) {
    return java.util.Objects.requireNonNull(btf.enumValues("event_kind").get(layout.kind()));
  }

  private static void fillShared(BpfStruct struct, long at) {
    byte[] address = new byte[16];
    for (int i = 0; i < 16; i++) {
      address[i] = (byte) (0x81 + i);
    }
    struct.bytes("source_addr", 16).set(at, address);
    struct.bytes("destination_addr", 16).set(at, new byte[] {9});
    struct.u64("first_ns").set(at, 12);
    struct.u64("packets").set(at, 13);
    struct.u64("bytes").set(at, 1L << 40);
    struct.u32("interface_index").set(at, 14);
    struct.u16("tcp_flags").set(at, 0x1ff);
    struct.u16("vlan").set(at, 4094);
    struct.u16("source_port").set(at, 65535);
    struct.u16("destination_port").set(at, 53);
    struct.u8("protocol").set(at, 255);
    struct.u8("ip_version").set(at, 6);
    struct.u8("icmp_type").set(at, 200);
    struct.u8("icmp_code").set(at, 201);
    struct.u8("reason").set(at, ReportReason.END.ordinal());
  }

  private static void assertShared(Observation read, int scale) {
    assertThat(read.timeNs).isEqualTo(11);
    assertThat(read.firstNs).isEqualTo(12);
    assertThat(read.sourceHigh).isEqualTo(0x8182838485868788L);
    assertThat(read.sourceLow).isEqualTo(0x898a8b8c8d8e8f90L);
    assertThat(read.destinationHigh).isEqualTo(9L << 56);
    assertThat(read.packets).isEqualTo(13L * scale);
    assertThat(read.bytes).isEqualTo((1L << 40) * scale);
    assertThat(read.interfaceIndex).isEqualTo(14);
    assertThat(read.tcpFlags).isEqualTo(0x1ff);
    assertThat(read.vlan).isEqualTo(4094);
    assertThat(read.sourcePort).isEqualTo(65535);
    assertThat(read.destinationPort).isEqualTo(53);
    assertThat(read.protocol).isEqualTo(255);
    assertThat(read.ipVersion).isEqualTo(6);
    assertThat(read.icmpType).isEqualTo(200);
    assertThat(read.icmpCode).isEqualTo(201);
    assertThat(read.reason).isEqualTo(ReportReason.END);
  }
}
