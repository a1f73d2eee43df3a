package sh.retina.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.event.Observation;
import sh.retina.flow.FlowEncoder;
import sh.retina.flow.FlowJson;
import sh.retina.flow.FlowNode;
import sh.retina.identity.IdentityTable;

/**
 * Events whose bytes are anything, at native addresses where nothing else guards: a decoder answers
 * the same whatever lies behind the event, so it has not read there, and what it made of the bytes
 * becomes one harmless line.
 */
class EventDecoderFuzz {
  private static final int BEHIND = 512;
  private static final FlowEncoder ENCODER = new FlowEncoder(new FlowNode("n1", "c", "0.1.0"));
  private static final List<EventDecoder> DECODERS =
      EventLayoutTest.plugins()
          .map(plugin -> plugin.decoder(EventLayoutTest.btf(plugin), Map.of()))
          .toList();

  static Stream<byte[]> events() {
    byte[] flow = new byte[152];
    flow[8] = 1; // EVENT_FLOW
    byte[] drop = new byte[136];
    drop[8] = 2; // EVENT_DROP
    return Stream.of(flow, drop, new byte[151], new byte[0]);
  }

  @MethodSource("events")
  @FuzzTest
  void shouldReadTheEventAndNothingBehindIt(byte[] event) {
    for (EventDecoder decoder : DECODERS) {
      String before = decode(decoder, event, (byte) 0);
      String after = decode(decoder, event, (byte) 0xa5);
      assertThat(after).isEqualTo(before);
      assertThat(before.chars().allMatch(c -> c >= ' ')).isTrue();
    }
  }

  private static String decode(EventDecoder decoder, byte[] event, byte behind) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(event.length + BEHIND, 8).fill(behind);
      MemorySegment.copy(event, 0, memory, ValueLayout.JAVA_BYTE, 0, event.length);
      Observation into = new Observation();
      if (!decoder.decode(memory.address(), event.length, into)) {
        return "";
      }
      return FlowJson.print(ENCODER.encode(into, new IdentityTable()));
    }
  }
}
