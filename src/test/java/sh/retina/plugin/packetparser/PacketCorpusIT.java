package sh.retina.plugin.packetparser;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import sh.retina.WholeMachine;
import sh.retina.agent.RequiresKernel;
import sh.retina.event.Observation;

/**
 * The real programs in the kernel, by BPF_PROG_TEST_RUN: frames of the corpus become exactly the
 * events that stand beside them, and whatever becomes of these frames by mutation is told as a
 * second parser, in Java, tells it. {@code -Dretina.fuzz.seed} repeats a run, {@code
 * -Dretina.fuzz.frames} lengthens it; {@code bin/fuzz packets} sets both.
 */
@RequiresKernel
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@WholeMachine
class PacketCorpusIT {
  private static final List<String> PROGRAMS =
      List.of("on_pod_tx", "on_pod_rx", "on_net_rx", "on_net_tx");
  private static final int FRAMES = Integer.getInteger("retina.fuzz.frames", 20_000);
  private static final long SEED = Long.getLong("retina.fuzz.seed", System.nanoTime());
  private static final int DRAIN_AFTER = 512;

  private static final List<GoldenFrame> GOLDEN = GoldenFrame.all();

  /** Loaded once, as the verifier takes seconds; both remember fragments, so they see the same. */
  private static PacketKernel kernel;

  private static ReferenceParser reference;

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
  private final FrameMutation mutation =
      new FrameMutation(GOLDEN.stream().map(GoldenFrame::bytes).toList(), random);

  @BeforeAll
  static void load() {
    kernel = PacketKernel.load();
    reference = new ReferenceParser();
  }

  @AfterAll
  static void close() {
    kernel.close();
  }

  @BeforeEach
  void reportEachPacket() {
    kernel.reportEachPacket(true);
    kernel.events();
    kernel.flushed();
  }

  /** The first: some frames are fragments of what nobody has sent before. */
  @Test
  @Order(1)
  void shouldTellEachFrameOfTheCorpusExactly() {
    for (String program : PROGRAMS) {
      for (GoldenFrame frame : GOLDEN) {
        assertThat(tell(program, frame.bytes()))
            .as("%s by %s", frame.name(), program)
            .isEqualTo(frame.expected());
        assertThat(reference.parse(frame.bytes()))
            .as("%s by the reference", frame.name())
            .isEqualTo(frame.expected());
      }
    }
  }

  @Test
  void shouldTellEachFrameThatIsCutAnywhere() {
    for (GoldenFrame frame : GOLDEN) {
      int headers = Math.min(frame.bytes().length, FrameMutation.HEADERS);
      for (int length = FrameMutation.SHORTEST; length < headers; length++) {
        byte[] cut = Arrays.copyOf(frame.bytes(), length);
        if (PacketKernel.takes(cut)) {
          assertThat(tell("on_pod_tx", cut))
              .as("%s cut after %d bytes", frame.name(), length)
              .isEqualTo(reference.parse(cut));
        }
      }
    }
  }

  @Test
  void shouldTellMutatedFramesAsTheReferenceDoes() {
    for (int i = 0; i < FRAMES; i++) {
      byte[] frame = mutation.next();
      String program = PROGRAMS.get(random.nextInt(PROGRAMS.size()));
      Parsed told = tell(program, frame);
      Parsed expected = reference.parse(frame);
      if (!told.equals(expected)) {
        throw new AssertionError(
            "seed %d, frame %d, %s of %s:%n  told     %s%n  expected %s"
                .formatted(SEED, i, program, HexFormat.of().formatHex(frame), told, expected));
      }
    }
  }

  @Test
  void shouldCountEveryMutatedFrameInTheTable() {
    kernel.reportEachPacket(false);
    long framesBefore = kernel.stat("FLOW_STAT_FRAMES");
    long othersBefore = kernel.stat("FLOW_STAT_NOT_IP");
    long otherBytesBefore = kernel.stat("FLOW_STAT_NOT_IP_BYTES");
    long ip = 0;
    long ipBytes = 0;
    long otherBytes = 0;
    List<Observation> events = new ArrayList<>();
    for (int i = 0; i < FRAMES; i++) {
      byte[] frame = mutation.next();
      if (reference.parse(frame).isIp()) {
        ip++;
        ipBytes += frame.length;
      } else {
        otherBytes += frame.length;
      }
      kernel.send(PROGRAMS.get(random.nextInt(PROGRAMS.size())), frame);
      if (i % DRAIN_AFTER == 0) {
        events.addAll(kernel.events());
      }
    }
    events.addAll(kernel.events());
    events.addAll(kernel.flushed());

    assertThat(kernel.stat("FLOW_STAT_FRAMES") - framesBefore).isEqualTo(FRAMES);
    assertThat(kernel.stat("FLOW_STAT_NOT_IP") - othersBefore)
        .as("frames without IP, seed %d", SEED)
        .isEqualTo(FRAMES - ip);
    assertThat(kernel.stat("FLOW_STAT_NOT_IP_BYTES") - otherBytesBefore).isEqualTo(otherBytes);
    assertThat(kernel.stat("FLOW_STAT_LOST_PACKETS")).isZero();
    assertThat(events.stream().mapToLong(event -> event.packets).sum())
        .as("packets, seed %d", SEED)
        .isEqualTo(ip);
    assertThat(events.stream().mapToLong(event -> event.bytes).sum())
        .as("bytes, seed %d", SEED)
        .isEqualTo(ipBytes);
  }

  @Test
  void shouldTellAPacketInHalfOfWhatAFlowTakes() {
    byte[] frame = golden("TCP between the highest ports");
    long before = kernel.eventBytes();

    Observation packet = only(sent(frame));
    long packetBytes = kernel.eventBytes() - before;
    kernel.reportEachPacket(false);
    assertThat(sent(frame)).isEmpty();
    assertThat(sent(frame)).isEmpty();
    Observation flow = only(kernel.flushed());
    long flowBytes = kernel.eventBytes() - before - packetBytes;

    assertThat(packetBytes).isLessThan(flowBytes / 2);
    assertThat(flow.packets).isEqualTo(2);
    assertThat(packet.packets).isEqualTo(1);
    assertThat(packet.firstNs).isEqualTo(packet.timeNs).isPositive();
    for (int flag = 0; flag < packet.flagCounts.length; flag++) {
      assertThat(flow.flagCounts[flag]).isEqualTo(2 * packet.flagCounts[flag]);
    }
  }

  private static byte[] golden(String name) {
    return GOLDEN.stream()
        .filter(frame -> frame.name().startsWith(name))
        .findFirst()
        .orElseThrow()
        .bytes();
  }

  private static List<Observation> sent(byte[] frame) {
    kernel.send("on_pod_tx", frame);
    return kernel.events();
  }

  private static Observation only(List<Observation> events) {
    assertThat(events).hasSize(1);
    return events.getFirst();
  }

  /** What the program makes of the frame: an event, or counts of what it was not. */
  private static Parsed tell(String program, byte[] frame) {
    long notIp = kernel.stat("FLOW_STAT_NOT_IP");
    long malformed = kernel.stat("FLOW_STAT_MALFORMED");
    kernel.send(program, frame);
    List<Observation> events = kernel.events();
    boolean isMalformed = kernel.stat("FLOW_STAT_MALFORMED") > malformed;
    if (kernel.stat("FLOW_STAT_NOT_IP") > notIp) {
      assertThat(events).isEmpty();
      return Parsed.notIp(isMalformed);
    }
    Observation event = only(events);
    assertThat(event.packets).isEqualTo(1);
    assertThat(event.bytes).isEqualTo(frame.length);
    return Parsed.of(event, isMalformed);
  }
}
