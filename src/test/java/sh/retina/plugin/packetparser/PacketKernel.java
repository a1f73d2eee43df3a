package sh.retina.plugin.packetparser;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.util.unit.DataSize;
import sh.retina.bpf.BpfMap;
import sh.retina.bpf.BpfObject;
import sh.retina.bpf.BpfSpec;
import sh.retina.bpf.RingBuffer;
import sh.retina.bpf.RingRecords;
import sh.retina.event.Observation;
import sh.retina.plugin.CommonSettings;
import sh.retina.plugin.EventDecoder;

/** The real programs of packetparser, given one frame at a time by BPF_PROG_TEST_RUN. */
final class PacketKernel implements AutoCloseable {
  private static final int UNSPEC = -1; // TC_ACT_UNSPEC, linux/pkt_cls.h
  private static final int RING_BYTES = 1 << 20;
  private static final int MOST_FLOWS = 1 << 20;
  private static final int MOST_FRAGMENTS = 1 << 16;

  private static final PacketparserPlugin PLUGIN =
      new PacketparserPlugin(
          new PacketparserProperties(MOST_FLOWS, DataSize.ofBytes(RING_BYTES)),
          new CommonSettings(true, Duration.ofSeconds(30), 1));

  private final BpfObject object;
  private final RingBuffer ring;
  private final BpfMap stats;
  private final Map<String, Long> statIndexes;
  private final EventDecoder decoder;
  private final RingRecords records = new RingRecords();
  private long eventBytes;

  private PacketKernel(BpfObject object) {
    this.object = object;
    ring = object.ringBuffer("flow_events");
    stats = object.map("flow_stats");
    statIndexes = object.btf().enumValues("flow_stat");
    decoder = PLUGIN.decoder(object.btf(), Map.of());
  }

  /** Loads them, with tables that the longest run does not fill, and aggregation low. */
  static PacketKernel load() {
    byte[] elf;
    try (InputStream in = PacketKernel.class.getResourceAsStream("/bpf/packetparser.bpf.o")) {
      elf = Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (BpfSpec spec = BpfObject.open("packetparser", elf)) {
      return new PacketKernel(
          spec.knob("aggregation_low", 1)
              .mapSize("flow_events", RING_BYTES)
              .mapSize("flow_table", MOST_FLOWS)
              .mapSize("flow_fragments", MOST_FRAGMENTS)
              .load());
    }
  }

  /** Aggregation low, an event per packet; or high, what the table reports. */
  void reportEachPacket(boolean each) {
    object.knobs(Map.of("aggregation_low", each ? 1L : 0L));
  }

  /**
   * Whether BPF_PROG_TEST_RUN takes the frame: it refuses what has no whole IP header right behind
   * an ethertype of IP (net/bpf/test_run.c). Behind a VLAN tag it does not look.
   */
  static boolean takes(byte[] frame) {
    int ethertype = Byte.toUnsignedInt(frame[12]) << 8 | Byte.toUnsignedInt(frame[13]);
    return switch (ethertype) {
      case 0x0800 -> frame.length >= 14 + 20;
      case 0x86dd -> frame.length >= 14 + 40;
      default -> true;
    };
  }

  /** Runs the frame through one program, which must let it pass to whoever decides next. */
  void send(String program, byte[] frame) {
    int returned = object.program(program).testRun(frame, 1).returned();
    if (returned != UNSPEC) {
      throw new AssertionError(program + " returned " + returned);
    }
  }

  /** Everything that the table has pending, however often that fills the ring. */
  List<Observation> flushed() {
    List<Observation> all = new ArrayList<>();
    List<Observation> some;
    do {
      object.program("flow_flush").testRun(new byte[64], 1);
      some = events();
      all.addAll(some);
    } while (!some.isEmpty());
    return all;
  }

  /** The events since the last call, in their order; each is an object of its own. */
  List<Observation> events() {
    List<Observation> events = new ArrayList<>();
    while (drain(events) > 0) {
      // until it is empty
    }
    return events;
  }

  private int drain(List<Observation> events) {
    return ring.drain(
        (address, byteCount, _) -> {
          records.over(address, byteCount);
          while (records.next()) {
            Observation event = new Observation();
            if (!decoder.decode(records.address(), records.length(), event)) {
              throw new AssertionError("an event that its decoder does not know");
            }
            events.add(event);
            eventBytes += records.length();
          }
        },
        RING_BYTES);
  }

  /** Of all events so far. */
  long eventBytes() {
    return eventBytes;
  }

  long stat(String name) {
    return stats.sumPerCpu(Math.toIntExact(Objects.requireNonNull(statIndexes.get(name), name)));
  }

  @Override
  public void close() {
    object.close();
  }
}
