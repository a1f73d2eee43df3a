package sh.retina.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NetlinkMessageTest {
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_LINK = 5;
  private static final int IFLA_LINKINFO = 18 | 0x8000; // nested
  private static final int IFLA_LINK_NETNSID = 37;

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  private static byte[] text(String value) {
    return (value + "\0").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] attribute(int type, byte[] value) {
    int padded = (value.length + 3) & ~3;
    return ByteBuffer.allocate(4 + padded)
        .order(ByteOrder.nativeOrder())
        .putShort((short) (4 + value.length))
        .putShort((short) type)
        .put(value)
        .array();
  }

  private static ByteBuffer message(int type, byte[] body, byte[]... attributes) {
    ByteBuffer buffer = ByteBuffer.allocate(1024).order(ByteOrder.nativeOrder());
    buffer.putInt(0).putShort((short) type).putShort((short) 0).putInt(5).putInt(0).put(body);
    for (byte[] attribute : attributes) {
      buffer.put(attribute);
    }
    return buffer.putInt(0, buffer.position()).flip();
  }

  private static byte[] linkBody(int index, int flags) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.nativeOrder())
        .putInt(4, index)
        .putInt(8, flags)
        .array();
  }

  static ByteBuffer veth() {
    return message(
        NetlinkMessage.RTM_NEWLINK,
        linkBody(7, 1),
        attribute(IFLA_IFNAME, text("veth7")),
        attribute(IFLA_LINK, number(2)),
        attribute(IFLA_LINKINFO, attribute(1, text("veth"))),
        attribute(IFLA_LINK_NETNSID, number(3)));
  }

  @Test
  void shouldReadAVethWhosePeerIsElsewhere() {
    List<LinkEvent> events = new ArrayList<>();

    LinkMonitor.collect(veth(), events);

    NetworkLink link = new NetworkLink(7, "veth7", "veth", 2, 0, true, OptionalInt.of(3));
    assertThat(events).containsExactly(new LinkEvent.Changed(link));
    assertThat(link.leadsElsewhere()).isTrue();
  }

  @Test
  void shouldReadSeveralMessagesOfOneDatagram() {
    ByteBuffer removed =
        message(NetlinkMessage.RTM_DELLINK, linkBody(8, 0), attribute(IFLA_IFNAME, text("veth8")));
    ByteBuffer both = ByteBuffer.allocate(2048).order(ByteOrder.nativeOrder());
    both.put(veth()).put(removed).flip();
    List<LinkEvent> events = new ArrayList<>();

    LinkMonitor.collect(both, events);

    assertThat(events).hasSize(2).last().isEqualTo(new LinkEvent.Removed(8, "veth8"));
  }

  @Test
  void shouldFindTheInterfacesOfADefaultRoute() {
    byte[] rtmsg = {2, 0, 0, 0, (byte) 254, 0, 0, 1, 0, 0, 0, 0};
    byte[] hop = {8, 0, 0, 0, 12, 0, 0, 0, 8, 0, 0, 0, 13, 0, 0, 0};
    List<Integer> interfaces = new ArrayList<>();

    first(message(NetlinkMessage.RTM_NEWROUTE, rtmsg, attribute(4, number(9))))
        .defaultRouteInterfaces(interfaces::add);
    first(message(NetlinkMessage.RTM_NEWROUTE, rtmsg, attribute(9, hop)))
        .defaultRouteInterfaces(interfaces::add);

    assertThat(interfaces).containsExactly(9, 12, 13);
  }

  @Test
  void shouldIgnoreRoutesThatAreNotTheDefault() {
    byte[] narrow = {2, 24, 0, 0, (byte) 254, 0, 0, 1, 0, 0, 0, 0};
    byte[] otherTable = {2, 0, 0, 0, (byte) 255, 0, 0, 1, 0, 0, 0, 0};
    byte[] unreachable = {2, 0, 0, 0, (byte) 254, 0, 0, 7, 0, 0, 0, 0};
    List<Integer> interfaces = new ArrayList<>();

    for (byte[] rtmsg : List.of(narrow, otherTable, unreachable)) {
      first(message(NetlinkMessage.RTM_NEWROUTE, rtmsg, attribute(4, number(9))))
          .defaultRouteInterfaces(interfaces::add);
    }

    assertThat(interfaces).isEmpty();
  }

  @Test
  void shouldNotReadBeyondADatagramThatLies() {
    byte[] good = new byte[veth().limit()];
    veth().get(good);
    Random random = new Random(3);
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = good.clone();
      for (int i = 0; i < 3; i++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      List<LinkEvent> events = new ArrayList<>();

      LinkMonitor.collect(
          ByteBuffer.wrap(bad, 0, random.nextInt(bad.length)).order(ByteOrder.nativeOrder()),
          events);

      assertThat(events).hasSizeLessThan(4);
    }
  }

  private static NetlinkMessage first(ByteBuffer datagram) {
    return Objects.requireNonNull(NetlinkMessage.first(datagram));
  }
}
