package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An rtnetlink, sock_diag or nfnetlink socket in the network namespace of the thread that opens it
 * (netlink(7)). Not thread-safe.
 */
final class NetlinkSocket implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int NETLINK_ROUTE = 0;
  private static final int NETLINK_SOCK_DIAG = 4;
  private static final int NETLINK_NETFILTER = 12;
  private static final int MSG_TRUNC = 0x20;
  private static final int NEWS_BYTES = 1 << 20;
  private static final int REQUEST_TIMEOUT_MS = 5_000;
  private static final int DUMP_ATTEMPTS = 5;

  /** struct sockaddr_nl of linux/netlink.h */
  private static final CStruct ADDRESS = CStruct.of("u16 family; u16 pad; u32 pid; u32 groups");

  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
  private final int fd;
  private int sequence;

  private NetlinkSocket(int fd) {
    this.fd = fd;
  }

  /** Opens a socket that hears the multicast groups of the mask (RTMGRP_*). */
  static NetlinkSocket open(int groups) {
    return open(NETLINK_ROUTE, groups);
  }

  /** Opens a socket that asks about sockets (sock_diag(7)). */
  static NetlinkSocket openSockDiag() {
    return open(NETLINK_SOCK_DIAG, 0);
  }

  /** Opens a socket that asks about netfilter (linux/netfilter/nfnetlink.h). */
  static NetlinkSocket openNetfilter() {
    return open(NETLINK_NETFILTER, 0);
  }

  private static NetlinkSocket open(int protocol, int groups) {
    Downcalls.requireNativeAccess();
    int fd =
        Libc.socket(
            Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, protocol);
    if (fd < 0) {
      throw new BpfException("open netlink socket", fd, "");
    }
    int result;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS.sizeBytes(), 8);
      address.set(JAVA_SHORT, ADDRESS.offset("family"), (short) Libc.AF_NETLINK);
      address.set(JAVA_INT, ADDRESS.offset("groups"), groups);
      result = Libc.bind(fd, address);
    }
    if (result < 0) {
      Libc.close(fd);
      throw new BpfException("bind netlink socket", result, "");
    }
    // News of a burst of veths should fit; a smaller buffer than asked for only means an overrun.
    int _ = Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_RCVBUF, NEWS_BYTES);
    return new NetlinkSocket(fd);
  }

  /** Asks for all objects of a type and passes each message on, again when it was interrupted. */
  void dump(int type, byte[] body, Runnable restart, Consumer<NetlinkMessage> each) {
    for (int attempt = 1; !dumpOnce(type, body, restart, each); attempt++) {
      if (attempt == DUMP_ATTEMPTS) {
        throw new BpfException("dump by netlink", Errno.EAGAIN, "it changes all the time");
      }
    }
  }

  /** Whether a classifier is in the clsact qdisc of an interface, in either direction. */
  boolean hasFilters(int interfaceIndex) {
    boolean[] found = new boolean[1];
    for (int parent : new int[] {NetlinkMessage.CLSACT_INGRESS, NetlinkMessage.CLSACT_EGRESS}) {
      dump(
          NetlinkMessage.RTM_GETTFILTER,
          NetlinkMessage.tcBody(interfaceIndex, parent),
          () -> {},
          message -> found[0] |= message.type() == NetlinkMessage.RTM_NEWTFILTER);
    }
    return found[0];
  }

  /** Whether news came within the time. */
  boolean awaitNews(int timeoutMs) {
    int ready = Libc.pollIn(fd, timeoutMs);
    if (ready < 0 && ready != -Errno.EINTR) {
      throw new BpfException("wait for netlink", ready, "");
    }
    return ready > 0;
  }

  /**
   * Receives one datagram, if there is one: its bytes, an empty buffer, or null when the kernel had
   * to drop messages (ENOBUFS).
   */
  @Nullable ByteBuffer receive() {
    long received = Libc.recv(fd, buffer, MSG_TRUNC);
    if (received == -Errno.ENOBUFS || received > BUFFER_BYTES) {
      return null;
    }
    if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
      return ByteBuffer.allocate(0);
    }
    if (received < 0) {
      throw new BpfException("receive from netlink", (int) received, "");
    }
    return buffer.asSlice(0, received).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    Libc.close(fd);
    arena.close();
  }

  private boolean dumpOnce(int type, byte[] body, Runnable restart, Consumer<NetlinkMessage> each) {
    restart.run();
    sequence++;
    try (Arena scratch = Arena.ofConfined()) {
      byte[] request = NetlinkMessage.dumpRequest(type, sequence, body);
      MemorySegment message =
          scratch.allocate(request.length, 8).copyFrom(MemorySegment.ofArray(request));
      long sent = Libc.send(fd, message);
      if (sent < 0) {
        throw new BpfException("ask netlink", (int) sent, "");
      }
    }
    boolean interrupted = false;
    while (true) {
      if (!awaitNews(REQUEST_TIMEOUT_MS)) {
        throw new BpfException("dump by netlink", Errno.EAGAIN, "no answer");
      }
      ByteBuffer datagram = receive();
      if (datagram == null) {
        return false;
      }
      NetlinkMessage message = NetlinkMessage.first(datagram);
      for (; message != null; message = message.next()) {
        if (message.sequence() != sequence) {
          continue; // of a dump that was given up
        }
        interrupted |= message.isInterrupted();
        switch (message.type()) {
          case NetlinkMessage.DONE -> {
            return !interrupted;
          }
          case NetlinkMessage.ERROR -> {
            if (message.error() != 0) {
              throw new BpfException("dump by netlink", message.error(), "");
            }
          }
          default -> each.accept(message);
        }
      }
    }
  }
}
