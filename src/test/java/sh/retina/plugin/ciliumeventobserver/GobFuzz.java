package sh.retina.plugin.ciliumeventobserver;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.event.Observation;

/** What a socket sends that is not Cilium's: refused or read, and nothing else. */
class GobFuzz {
  static Stream<byte[]> streams() {
    return GoldenGobs.all().values().stream();
  }

  @MethodSource("streams")
  @FuzzTest
  void shouldReadOrRefuse(byte[] stream) {
    try {
      Gob.readFirst(stream, 0, stream.length);
    } catch (GobException e) {
      // refused
    }
    AccessLog.decode(stream, 0, stream.length, new Observation());
    MonitorMessage.decode(stream, 0, stream.length, new Observation());
  }
}
