package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A program on a raw packet socket of its own (packet(7), SO_ATTACH_BPF), which sees what passes
 * the interface. Nothing is read from the socket: a program that answers 0 leaves nothing in it.
 */
final class SocketFilterLink implements BpfLink {
  private static final int ETH_P_ALL = 3;
  private static final ValueLayout.OfShort NETWORK_SHORT =
      JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  /** struct sockaddr_ll of linux/if_packet.h */
  private static final CStruct ADDRESS =
      CStruct.of(
          "u16 family; u16 protocol; i32 ifindex; u16 hatype; u8 pkttype; u8 halen; u8 addr[8]");

  private final Owned owner;
  private final String where;
  private final int fd;
  private boolean closed;

  private SocketFilterLink(Owned owner, String where, int fd) {
    this.owner = owner;
    this.where = where;
    this.fd = fd;
  }

  static BpfLink attach(BpfProgram program, int interfaceIndex) {
    String where =
        program.name()
            + (interfaceIndex == 0 ? " at all interfaces" : " at interface " + interfaceIndex);
    // Protocol 0: the socket receives nothing before its filter is in place and it is bound.
    int fd = Libc.socket(Libc.AF_PACKET, Libc.SOCK_RAW | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw new BpfException(
          "open packet socket for " + where,
          fd,
          fd == -Errno.EPERM ? "not permitted: CAP_NET_RAW is needed" : "");
    }
    int result = Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_ATTACH_BPF, program.fd());
    if (result == 0) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment address = arena.allocate(ADDRESS.sizeBytes(), 8);
        address.set(JAVA_SHORT, ADDRESS.offset("family"), (short) Libc.AF_PACKET);
        address.set(NETWORK_SHORT, ADDRESS.offset("protocol"), (short) ETH_P_ALL);
        address.set(JAVA_INT, ADDRESS.offset("ifindex"), interfaceIndex);
        result = Libc.bind(fd, address);
      }
    }
    if (result < 0) {
      Libc.close(fd);
      throw new BpfException("attach " + where, result, "");
    }
    Owned owner = program.object().owned();
    return owner.add(new SocketFilterLink(owner, where, fd));
  }

  @Override
  public Kind kind() {
    return Kind.SOCKET_FILTER;
  }

  @Override
  public String where() {
    return where;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      owner.remove(this);
      Libc.close(fd);
    }
  }
}
