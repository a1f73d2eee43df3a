package sh.retina.plugin.packetparser;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import sh.retina.event.IpAddress;
import sh.retina.event.Protocol;

/**
 * Reads frames as packetparser should, written from the RFCs over a buffer that checks every read:
 * slow, and with nothing in common with the C but the fields' meaning. It remembers fragments as
 * the kernel side does.
 */
final class ReferenceParser {
  private static final int ETHERNET = 14;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86dd;
  private static final Set<Integer> TAGS = Set.of(0x8100, 0x88a8);
  private static final int MOST_TAGS = 2;
  private static final int MOST_EXTENSIONS = 8;
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int FRAGMENT = 44;
  private static final int AUTHENTICATION = 51;
  private static final int DESTINATION_OPTIONS = 60;

  /** What all fragments of a packet share (RFC 791, section 3.2; RFC 8200, section 4.5). */
  private record FragmentKey(IpAddress source, IpAddress destination, int id, int protocol) {}

  private record Transport(
      int protocol, int sourcePort, int destinationPort, int icmpType, int icmpCode, int flags) {}

  private final Map<FragmentKey, Transport> firstFragments = new HashMap<>();

  /** A packet on its way through the headers. */
  private static final class Walk {
    final ByteBuffer frame;
    int at;
    int protocol;
    boolean isFirst;
    boolean isLater;
    int fragmentId;
    int fragmentProtocol;

    Walk(byte[] frame) {
      this.frame = ByteBuffer.wrap(frame);
    }

    int u8(int offset) {
      return Byte.toUnsignedInt(frame.get(at + offset));
    }

    int u16(int offset) {
      return Short.toUnsignedInt(frame.getShort(at + offset));
    }

    /** Throws when so many bytes are not there. */
    void need(int bytes) {
      if (bytes > frame.limit() - at) {
        throw new IndexOutOfBoundsException(at + bytes);
      }
    }

    byte[] bytes(int offset, int length) {
      return Arrays.copyOfRange(frame.array(), at + offset, at + offset + length);
    }
  }

  Parsed parse(byte[] frame) {
    Walk walk = new Walk(frame);
    walk.at = ETHERNET - 2;
    int type = walk.u16(0);
    walk.at = ETHERNET;
    int vlan = 0;
    for (int tags = 0; TAGS.contains(type); tags++) {
      if (tags == MOST_TAGS || frame.length < walk.at + 4) {
        return Parsed.notIp(false);
      }
      vlan = vlan == 0 ? walk.u16(0) & 0xfff : vlan;
      type = walk.u16(2);
      walk.at += 4;
    }
    return switch (type) {
      case IPV4 -> ipv4(walk, vlan);
      case IPV6 -> ipv6(walk, vlan);
      default -> Parsed.notIp(false);
    };
  }

  private Parsed ipv4(Walk walk, int vlan) {
    if (walk.frame.limit() - walk.at < 20 || walk.u8(0) >> 4 != 4 || (walk.u8(0) & 0xf) < 5) {
      return Parsed.notIp(true);
    }
    IpAddress source = mapped(walk.bytes(12, 4));
    IpAddress destination = mapped(walk.bytes(16, 4));
    int fragment = walk.u16(6);
    walk.fragmentId = walk.u16(4);
    walk.protocol = walk.u8(9);
    walk.fragmentProtocol = walk.protocol;
    walk.isLater = (fragment & 0x1fff) != 0;
    walk.isFirst = !walk.isLater && (fragment & 0x2000) != 0;
    walk.at += (walk.u8(0) & 0xf) * 4;
    return finish(walk, 4, source, destination, vlan);
  }

  private Parsed ipv6(Walk walk, int vlan) {
    if (walk.frame.limit() - walk.at < 40 || walk.u8(0) >> 4 != 6) {
      return Parsed.notIp(true);
    }
    IpAddress source = address(walk.bytes(8, 16));
    IpAddress destination = address(walk.bytes(24, 16));
    walk.protocol = walk.u8(6);
    walk.at += 40;
    return finish(walk, 6, source, destination, vlan);
  }

  private Parsed finish(Walk walk, int version, IpAddress source, IpAddress destination, int vlan) {
    boolean cut = false;
    Transport transport;
    try {
      if (!walk.isLater) {
        passExtensions(walk, version);
      }
      transport =
          walk.isLater ? new Transport(walk.protocol, 0, 0, 0, 0, 0) : transport(walk, version);
    } catch (IndexOutOfBoundsException e) {
      cut = true;
      transport = new Transport(walk.protocol, 0, 0, 0, 0, 0);
    }
    FragmentKey key = new FragmentKey(source, destination, walk.fragmentId, walk.fragmentProtocol);
    if (walk.isFirst) {
      firstFragments.put(key, transport);
    } else if (walk.isLater) {
      Transport first = firstFragments.get(key);
      transport = first == null ? transport : withoutFlags(first);
    }
    return new Parsed(
        true,
        cut,
        version,
        transport.protocol,
        source,
        destination,
        transport.sourcePort,
        transport.destinationPort,
        transport.icmpType,
        transport.icmpCode,
        transport.flags,
        vlan);
  }

  private static Transport withoutFlags(Transport t) {
    return new Transport(t.protocol, t.sourcePort, t.destinationPort, t.icmpType, t.icmpCode, 0);
  }

  private static void passExtensions(Walk walk, int version) {
    for (int passed = 0; passed < MOST_EXTENSIONS; passed++) {
      boolean isExtension =
          switch (walk.protocol) {
            case AUTHENTICATION -> true;
            case HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS, FRAGMENT -> version == 6;
            default -> false;
          };
      if (!isExtension) {
        return;
      }
      walk.need(8);
      int next = walk.u8(0);
      switch (walk.protocol) {
        case FRAGMENT -> {
          walk.fragmentId = walk.frame.getInt(walk.at + 4);
          walk.fragmentProtocol = next;
          walk.isLater = walk.u16(2) >> 3 != 0;
          walk.isFirst = !walk.isLater && (walk.u16(2) & 1) != 0;
          walk.at += 8;
        }
        case AUTHENTICATION -> walk.at += (walk.u8(1) + 2) * 4;
        default -> walk.at += (walk.u8(1) + 1) * 8;
      }
      walk.protocol = next;
      if (walk.isLater) {
        return;
      }
    }
  }

  private static Transport transport(Walk walk, int version) {
    return switch (walk.protocol) {
      case Protocol.TCP -> {
        walk.need(20);
        yield ports(walk, walk.u16(12) & 0x1ff);
      }
      case Protocol.UDP, Protocol.SCTP -> ports(walk, 0);
      case Protocol.ICMP -> version == 4 ? icmp(walk) : other(walk);
      case Protocol.ICMPV6 -> version == 6 ? icmp(walk) : other(walk);
      default -> other(walk);
    };
  }

  private static Transport ports(Walk walk, int flags) {
    walk.need(4);
    return new Transport(walk.protocol, walk.u16(0), walk.u16(2), 0, 0, flags);
  }

  private static Transport icmp(Walk walk) {
    walk.need(2);
    return new Transport(walk.protocol, 0, 0, walk.u8(0), walk.u8(1), 0);
  }

  private static Transport other(Walk walk) {
    return new Transport(walk.protocol, 0, 0, 0, 0, 0);
  }

  private static IpAddress mapped(byte[] ipv4) {
    return new IpAddress(0, 0xffffL << 32 | (ByteBuffer.wrap(ipv4).getInt() & 0xffff_ffffL));
  }

  private static IpAddress address(byte[] ipv6) {
    ByteBuffer bytes = ByteBuffer.wrap(ipv6);
    return new IpAddress(bytes.getLong(), bytes.getLong());
  }
}
