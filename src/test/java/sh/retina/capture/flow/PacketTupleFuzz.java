package sh.retina.capture.flow;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes on any link: a tuple or none, and nothing read beyond the packet. */
class PacketTupleFuzz {
  private static final int[] LINKS = {1, 101, 113, 276, 9};

  static Stream<byte[]> frames() {
    return Stream.of(HexFormat.of().parseHex(Frames.UDP));
  }

  @MethodSource("frames")
  @FuzzTest
  void shouldTellOrLeaveIt(byte[] frame) {
    for (int link : LINKS) {
      PacketTuple tuple = PacketTuple.of(new Frames(frame, frame.length, frame.length, 0), link);
      if (tuple != null && (tuple.protocol() < 0 || tuple.protocol() > 255)) {
        throw new AssertionError("no protocol: " + tuple);
      }
    }
  }
}
