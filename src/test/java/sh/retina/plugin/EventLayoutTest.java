package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.unit.DataSize;
import sh.retina.bpf.BpfStruct;
import sh.retina.bpf.Btf;
import sh.retina.event.Direction;
import sh.retina.event.Observation;
import sh.retina.event.ObservationPoint;
import sh.retina.event.ReportReason;
import sh.retina.event.TcpFlag;
import sh.retina.event.TcpOutcome;
import sh.retina.event.TcpPhase;
import sh.retina.plugin.dns.DnsPlugin;
import sh.retina.plugin.dns.DnsProperties;
import sh.retina.plugin.dropreason.DropreasonPlugin;
import sh.retina.plugin.dropreason.DropreasonProperties;
import sh.retina.plugin.packetparser.PacketparserPlugin;
import sh.retina.plugin.packetparser.PacketparserProperties;
import sh.retina.plugin.tcplife.TcplifePlugin;
import sh.retina.plugin.tcplife.TcplifeProperties;
import sh.retina.plugin.tcpretrans.TcpretransPlugin;
import sh.retina.plugin.tcpretrans.TcpretransProperties;

/**
 * The contract between the kernel side and Java, held against the objects that this build compiled:
 * no root, no kernel. What breaks here would break on the node.
 */
class EventLayoutTest {
  private static final CommonSettings COMMON = new CommonSettings(false, Duration.ofSeconds(30), 1);

  static Stream<BpfPlugin> plugins() {
    return Stream.of(
        new PacketparserPlugin(new PacketparserProperties(65_536, DataSize.ofMegabytes(4)), COMMON),
        new DropreasonPlugin(
            new DropreasonProperties(
                List.of("NOT_SPECIFIED"),
                DropreasonProperties.Kprobes.ALL,
                DataSize.ofMegabytes(1)),
            COMMON),
        new TcpretransPlugin(new TcpretransProperties(DataSize.ofMegabytes(1))),
        new TcplifePlugin(new TcplifeProperties(DataSize.ofMegabytes(1)), COMMON),
        new DnsPlugin(new DnsProperties(List.of(53, 5353), DataSize.ofMegabytes(2))));
  }

  private static Map<String, Integer> kinds() {
    return Map.of(
        "flow_event",
        1,
        "drop_event",
        2,
        "retransmit_event",
        4,
        "connection_event",
        5,
        "reset_event",
        6);
  }

  /**
   * Of events that are sums over packets; a DNS message and a single packet have their own tests.
   */
  static Stream<Arguments> pluginsAndEvents() {
    return plugins()
        .filter(plugin -> !plugin.name().equals(DnsPlugin.NAME))
        .flatMap(plugin ->
            events(btf(plugin)).stream()
                .filter(event -> !event.name().equals("packet_event"))
                .map(event -> Arguments.of(plugin, event)));
  }

  static Btf btf(BpfPlugin plugin) {
    String resource = "/bpf/" + plugin.spec().object() + ".bpf.o";
    try (InputStream in = EventLayoutTest.class.getResourceAsStream(resource)) {
      return Btf.ofObject(Objects.requireNonNull(in, resource).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<BpfStruct> events(Btf btf) {
    return btf.structNames().stream()
        .filter(name -> name.endsWith("_event"))
        .map(btf::struct)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void shouldBindEveryFieldOfEveryEvent(BpfPlugin plugin) {
    assertThat(plugin.decoder(btf(plugin), Map.of())).isNotNull();
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void shouldLeaveNoHoleInAnEvent(BpfPlugin plugin) {
    List<BpfStruct> events = events(btf(plugin));

    assertThat(events).isNotEmpty();
    for (BpfStruct event : events) {
      assertThat(event.holes()).as(event.name()).isEmpty();
      assertThat(event.fields().getFirst()).as(event.name()).isEqualTo("header");
    }
  }

  @ParameterizedTest
  @MethodSource("plugins")
  void shouldFindEveryCounterInTheObject(BpfPlugin plugin) {
    String prefix =
        Objects.requireNonNull(plugin.spec().ring()).counters().toUpperCase(Locale.ROOT) + "_";
    Map<String, Long> indexes =
        btf(plugin).enumValues(Objects.requireNonNull(plugin.spec().ring()).counters());

    assertThat(KernelCounter.values())
        .filteredOn(counter -> counter.index(prefix, indexes) == null)
        .noneMatch(KernelCounter::isRequired)
        .doesNotContain(KernelCounter.SEEN);
  }

  @Test
  void shouldNumberEnumsAsTheKernelSideDoes() {
    Btf flows = btf(plugins().findFirst().orElseThrow());
    Btf drops = btf(plugins().skip(1).findFirst().orElseThrow());

    assertThat(values("POINT_", ObservationPoint.values(), point -> (long) point.id()))
        .as("and Cilium's")
        .containsAllEntriesOf(flows.enumValues("observation_point"));
    assertThat(flows.enumValues("report_reason"))
        .isEqualTo(values("REPORT_", ReportReason.values(), reason -> (long) reason.ordinal()));
    assertThat(drops.enumValues("report_reason")).isEqualTo(flows.enumValues("report_reason"));
    assertThat(flows.enumValues("reply"))
        .isEqualTo(values("REPLY_", Observation.Reply.values(), reply -> (long) reply.ordinal()));
    assertThat(drops.enumValues("direction"))
        .isEqualTo(
            values("DIRECTION_", Direction.values(), direction -> (long) direction.ordinal()));
    Map<String, Long> flags = new HashMap<>(flows.enumValues("tcp_flag"));
    assertThat(flags.remove("FLAG_COUNT")).isEqualTo(TcpFlag.values().length);
    assertThat(flags).isEqualTo(values("FLAG_", TcpFlag.values(), flag -> (long) flag.ordinal()));
  }

  @Test
  void shouldNumberWhatSocketsTellAsTheKernelSideDoes() {
    Btf life = btf(plugins().skip(3).findFirst().orElseThrow());

    assertThat(life.enumValues("tcp_outcome"))
        .isEqualTo(values("OUTCOME_", TcpOutcome.values(), outcome -> (long) outcome.ordinal()));
    assertThat(life.enumValues("tcp_phase"))
        .isEqualTo(values("PHASE_", TcpPhase.values(), phase -> (long) phase.ordinal()));
    assertThat(life.enumValues("event_kind")).containsAllEntriesOf(Map.of("EVENT_FLOW", 1L));
  }

  private static <E extends Enum<E>> Map<String, Long> values(
      String prefix, E[] constants, Function<E, Long> number) {
    Map<String, Long> values = new HashMap<>();
    for (E constant : constants) {
      values.put(prefix + constant.name(), number.apply(constant));
    }
    return values;
  }

  @ParameterizedTest
  @MethodSource("pluginsAndEvents")
  void shouldReadBackEveryNumberThatAnEventCarries(BpfPlugin plugin, BpfStruct event) {
    Btf btf = btf(plugin);
    EventDecoder decoder = plugin.decoder(btf, Map.of());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(event.sizeBytes(), 8);
      long at = bytes.address();
      event.u64("header.time_ns").set(at, 1);
      event.u16("header.kind").set(at, Objects.requireNonNull(kinds().get(event.name())));
      event.u64("first_ns").set(at, 2);
      event.u64("packets").set(at, 3);
      event.u64("bytes").set(at, 4);
      event.u32("interface_index").set(at, 5);
      event.u16("source_port").set(at, 65_535);
      event.u16("destination_port").set(at, 53);
      event.u16("tcp_flags").set(at, 0x112);
      event.u16("vlan").set(at, 4_095);
      event.u8("protocol").set(at, 132);
      event.u8("ip_version").set(at, 6);
      event.u8("icmp_type").set(at, 128);
      event.u8("icmp_code").set(at, 255);
      event.u8("reason").set(at, 3);
      event
          .bytes("source_addr", 16)
          .set(at, new byte[] {(byte) 0xfd, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2});
      event
          .bytes("destination_addr", 16)
          .set(at, new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 0, 0, 7});
      Observation read = new Observation();

      assertThat(decoder.decode(at, event.sizeBytes(), read)).isTrue();

      assertThat(read.plugin).isEqualTo(plugin.name());
      assertThat(read.timeNs).isEqualTo(1);
      assertThat(read.firstNs).isEqualTo(2);
      assertThat(read.packets).isEqualTo(3);
      assertThat(read.bytes).isEqualTo(4);
      assertThat(read.interfaceIndex).isEqualTo(5);
      assertThat(read.sourcePort).isEqualTo(65_535);
      assertThat(read.destinationPort).isEqualTo(53);
      assertThat(read.tcpFlags).isEqualTo(0x112);
      assertThat(read.vlan).isEqualTo(4_095);
      assertThat(read.protocol).isEqualTo(132);
      assertThat(read.ipVersion).isEqualTo(6);
      assertThat(read.icmpType).isEqualTo(128);
      assertThat(read.icmpCode).isEqualTo(255);
      assertThat(read.reason).isEqualTo(ReportReason.INTERVAL);
      assertThat(read.sourceHigh).isEqualTo(0xfd00_0000_0000_0001L);
      assertThat(read.sourceLow).isEqualTo(2);
      assertThat(read.destinationHigh).isZero();
      assertThat(read.destinationLow).isEqualTo(0xffff_0a00_0007L);

      assertThat(decoder.decode(at, event.sizeBytes() - 1, read)).as("cut short").isFalse();
      event.u16("header.kind").set(at, 99);
      assertThat(decoder.decode(at, event.sizeBytes(), read)).as("of another kind").isFalse();
    }
  }

  @Test
  void shouldScaleTheCountsOfASampledConnection() {
    BpfPlugin plugin = plugins().findFirst().orElseThrow();
    Btf btf = btf(plugin);
    BpfStruct event = btf.struct("flow_event");
    try (Arena arena = Arena.ofConfined()) {
      long at = arena.allocate(event.sizeBytes(), 8).address();
      event.u16("header.kind").set(at, 1);
      event.u64("packets").set(at, 3);
      event.u64("bytes").set(at, 400);
      event.u32("sampling").set(at, 10);
      event.u16("tcp_flags").set(at, 0x10);
      event.u32Array("flag_counts", 10).set(at, TcpFlag.ACK.ordinal(), 2);
      Observation read = new Observation();

      assertThat(plugin.decoder(btf, Map.of()).decode(at, event.sizeBytes(), read)).isTrue();

      assertThat(read.packets).isEqualTo(30);
      assertThat(read.bytes).isEqualTo(4_000);
      assertThat(read.flagCounts[TcpFlag.ACK.ordinal()]).isEqualTo(20);
      assertThat(read.sampling).isEqualTo(10);
    }
  }

  @ParameterizedTest
  @MethodSource("pluginsAndEvents")
  void shouldReadOrRefuseRandomBytesAndNeverFail(BpfPlugin plugin, BpfStruct event) {
    Btf btf = btf(plugin);
    int size = event.sizeBytes();
    EventDecoder decoder = plugin.decoder(btf, Map.of());
    Random random = new Random(5);
    Observation read = new Observation();
    int accepted = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(size, 8);
      for (int i = 0; i < 50_000; i++) {
        for (long at = 0; at < size; at++) {
          bytes.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
        }
        bytes.set(ValueLayout.JAVA_SHORT, 8, (short) random.nextInt(8));
        read.clear();
        if (decoder.decode(bytes.address(), random.nextInt(size + 1) | (i & 1) * size, read)) {
          accepted++;
          assertThat(read.point).isNotNull();
          assertThat(read.reason).isNotNull();
          assertThat(read.reply).isNotNull();
        }
      }
    }
    assertThat(accepted).isPositive();
  }
}
