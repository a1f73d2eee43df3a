package sh.retina.capture.flow;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import sh.retina.bpf.Packet;
import tools.jackson.databind.JsonNode;

/**
 * From whom to whom: addresses, ports and protocol of a packet or a flow. Ports are 0 where there
 * are none. Lengths in packets are not trusted.
 */
record PacketTuple(
    long source1, long source2, long destination1, long destination2, int ports, int protocol) {
  private static final int ETHERNET = 1;
  private static final int RAW = 101;
  private static final int COOKED = 113;
  private static final int COOKED_2 = 276;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86DD;
  private static final int VLAN = 0x8100;
  private static final int VLAN_OF_PROVIDER = 0x88A8;
  private static final int FRAGMENT_OFFSET = 0x1FFF;
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;

  /** Null where it is no IP packet, or the link is none that is known. */
  static @Nullable PacketTuple of(Packet packet, int linkType) {
    ByteBuffer bytes = ByteBuffer.wrap(packet.data(), 0, packet.length());
    try {
      return switch (linkType) {
        case ETHERNET -> byType(bytes, Short.toUnsignedInt(bytes.getShort(12)), 14);
        case COOKED -> byType(bytes, Short.toUnsignedInt(bytes.getShort(14)), 16);
        case COOKED_2 -> byType(bytes, Short.toUnsignedInt(bytes.getShort(0)), 20);
        case RAW -> byType(bytes, bytes.get(0) >> 4 == 4 ? IPV4 : IPV6, 0);
        default -> null;
      };
    } catch (IndexOutOfBoundsException _) {
      return null; // cut, by the settings or by who sent it
    }
  }

  private static @Nullable PacketTuple byType(ByteBuffer bytes, int type, int at) {
    return switch (type) {
      case VLAN, VLAN_OF_PROVIDER ->
          byType(bytes, Short.toUnsignedInt(bytes.getShort(at + 2)), at + 4);
      case IPV4 -> ipv4(bytes, at);
      case IPV6 -> ipv6(bytes, at);
      default -> null;
    };
  }

  private static PacketTuple ipv4(ByteBuffer bytes, int at) {
    int protocol = Byte.toUnsignedInt(bytes.get(at + 9));
    boolean isLaterFragment = (bytes.getShort(at + 6) & FRAGMENT_OFFSET) != 0;
    int header = (bytes.get(at) & 0xF) * 4;
    return new PacketTuple(
        0,
        Integer.toUnsignedLong(bytes.getInt(at + 12)),
        0,
        Integer.toUnsignedLong(bytes.getInt(at + 16)),
        isLaterFragment ? 0 : ports(bytes, at + header, protocol),
        protocol);
  }

  /** Extension headers are not followed: their packets have no ports here. */
  private static PacketTuple ipv6(ByteBuffer bytes, int at) {
    int protocol = Byte.toUnsignedInt(bytes.get(at + 6));
    return new PacketTuple(
        bytes.getLong(at + 8),
        bytes.getLong(at + 16),
        bytes.getLong(at + 24),
        bytes.getLong(at + 32),
        ports(bytes, at + 40, protocol),
        protocol);
  }

  private static int ports(ByteBuffer bytes, int at, int protocol) {
    return protocol == TCP || protocol == UDP || protocol == SCTP ? bytes.getInt(at) : 0;
  }

  /** Null where it has no addresses. */
  static @Nullable PacketTuple of(JsonNode flow) {
    try {
      byte[] source =
          InetAddress.ofLiteral(flow.path("IP").path("source").asString("")).getAddress();
      byte[] destination =
          InetAddress.ofLiteral(flow.path("IP").path("destination").asString("")).getAddress();
      JsonNode l4 = flow.path("l4");
      int protocol = 0;
      String name = "";
      if (l4.has("TCP")) {
        protocol = TCP;
        name = "TCP";
      } else if (l4.has("UDP")) {
        protocol = UDP;
        name = "UDP";
      } else if (l4.has("SCTP")) {
        protocol = SCTP;
        name = "SCTP";
      } else if (l4.has("ICMPv4")) {
        protocol = 1;
      } else if (l4.has("ICMPv6")) {
        protocol = 58;
      }
      JsonNode ports = l4.path(name);
      return new PacketTuple(
          upper(source),
          lower(source),
          upper(destination),
          lower(destination),
          ports.path("source_port").asInt(0) << 16 | ports.path("destination_port").asInt(0),
          protocol);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static long upper(byte[] address) {
    return address.length == 4 ? 0 : ByteBuffer.wrap(address).getLong();
  }

  private static long lower(byte[] address) {
    return address.length == 4
        ? Integer.toUnsignedLong(ByteBuffer.wrap(address).getInt())
        : ByteBuffer.wrap(address).getLong(8);
  }
}
