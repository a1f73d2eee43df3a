package sh.retina.capture.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PacketTupleTest {
  private static final String IP_UDP = Frames.UDP.substring(28);
  private static final PacketTuple EXPECTED =
      new PacketTuple(0, 0x0a000001, 0, 0x0a000002, 1_000 << 16 | 53, 17);

  private static @Nullable PacketTuple flow(String json) {
    return PacketTuple.of(JsonMapper.shared().readTree(json));
  }

  @Test
  void shouldBeTheSameWhateverTheLink() {
    String cooked = "0004000100060200000000010000" + "0800" + IP_UDP;
    String cooked2 = "0800000000000001000100060200000000010000" + IP_UDP;
    String vlan = Frames.UDP.substring(0, 24) + "8100" + "0005" + "0800" + IP_UDP;

    assertThat(PacketTuple.of(Frames.of(Frames.UDP, 0), 1)).isEqualTo(EXPECTED);
    assertThat(PacketTuple.of(Frames.of(vlan, 0), 1)).isEqualTo(EXPECTED);
    assertThat(PacketTuple.of(Frames.of(cooked, 0), 113)).isEqualTo(EXPECTED);
    assertThat(PacketTuple.of(Frames.of(cooked2, 0), 276)).isEqualTo(EXPECTED);
    assertThat(PacketTuple.of(Frames.of(IP_UDP, 0), 101)).isEqualTo(EXPECTED);
    assertThat(PacketTuple.of(Frames.of(IP_UDP, 0), 9)).isNull();
  }

  @Test
  void shouldBeTheSameOfAFlow() {
    assertThat(
            flow(
                """
                {"IP":{"source":"10.0.0.1","destination":"10.0.0.2","ipVersion":"IPv4"},
                 "l4":{"UDP":{"source_port":1000,"destination_port":53}}}
                """))
        .isEqualTo(EXPECTED);
    String ipv6 =
        "6000000000083a40"
            + "fd000000000000000000000000000001"
            + "fd000000000000000000000000000002"
            + "8000000000010001";
    assertThat(
            flow(
                """
                {"IP":{"source":"fd00::1","destination":"fd00::2"},"l4":{"ICMPv6":{"type":128}}}
                """))
        .isEqualTo(PacketTuple.of(Frames.of(ipv6, 0), 101))
        .isNotNull();
    assertThat(flow("{\"IP\":{},\"l4\":{}}")).isNull();
    assertThat(flow("{}")).isNull();
  }

  @Test
  void shouldHaveNoPortsInALaterFragment() {
    String fragment = IP_UDP.substring(0, 12) + "2001" + IP_UDP.substring(16);

    assertThat(PacketTuple.of(Frames.of(fragment, 0), 101))
        .isEqualTo(new PacketTuple(0, 0x0a000001, 0, 0x0a000002, 0, 17));
  }

  @Test
  void shouldNotReadBeyondACutPacket() {
    byte[] whole = HexFormat.of().parseHex(Frames.UDP);
    for (int length = 0; length < 38; length++) {
      Frames cut = new Frames(whole, length, whole.length, 0);
      assertThat(PacketTuple.of(cut, Frames.ETHERNET)).as("%d bytes", length).isNull();
    }
    assertThat(PacketTuple.of(new Frames(whole, 38, whole.length, 0), 1)).isEqualTo(EXPECTED);
  }
}
