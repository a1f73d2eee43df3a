package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class NetlinkMessageFuzz {
  static Stream<byte[]> datagrams() {
    byte[] link = new byte[NetlinkMessageTest.veth().limit()];
    NetlinkMessageTest.veth().get(link);
    String route = "34000000180000000500000000000000" + "02000000fe000001" + "00000000";
    String paths = "14000900" + "080000000c000000" + "080000000d000000";
    return Stream.of(link, HexFormat.of().parseHex(route + paths));
  }

  @MethodSource("datagrams")
  @FuzzTest
  void shouldNotReadBeyondTheDatagram(byte[] datagram) {
    ByteBuffer buffer = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
    List<LinkEvent> events = new ArrayList<>();

    LinkMonitor.collect(buffer, events);

    assertThat(events).hasSizeLessThanOrEqualTo(datagram.length / 16);
    int messages = 0;
    for (var message = NetlinkMessage.first(buffer); message != null; message = message.next()) {
      message.error();
      message.link();
      message.defaultRouteInterfaces(index -> {});
      NetworkTables.address(message);
      NetworkTables.route(message);
      NetworkTables.rule(message);
      NetworkTables.neighbour(message);
      NetworkTables.socket(message, "tcp");
      FirewallTables.chain(message);
      FirewallTables.rule(message);
      messages++;
    }
    assertThat(messages).isLessThanOrEqualTo(datagram.length / 16);
  }
}
