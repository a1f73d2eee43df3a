package sh.retina.identity;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

class ContextCodecFuzz {
  static Stream<byte[]> excerpts() {
    Endpoint pod =
        new Endpoint(
            Endpoint.Kind.POD,
            "a",
            "b",
            "Deployment",
            "d",
            "n",
            "z",
            List.of("k=v"),
            List.of(IpAddress.parse("10.0.0.1")),
            List.of(7L));
    return Stream.of(
        ContextCodec.encode(
            List.of(
                new ContextChange.EndpointUp(pod),
                new ContextChange.InterfaceNamed(3, "eth0"),
                new ContextChange.SymbolNamed(-5, "f+0x1"),
                new ContextChange.DetailStepped(1, "cpu", true, 5, 2),
                new ContextChange.EndpointGone("pod/a/c")),
            true));
  }

  @MethodSource("excerpts")
  @FuzzTest
  void shouldReadOrRefuse(byte[] excerpt) {
    List<ContextChange> changes;
    try {
      changes = ContextCodec.decode(excerpt);
    } catch (IllegalArgumentException e) {
      return;
    }
    IdentityTable table = new IdentityTable();
    table.apply(changes, true);
    List<ContextChange> known = table.snapshot();

    assertThat(ContextCodec.decode(ContextCodec.encode(known, true))).isEqualTo(known);
  }
}
