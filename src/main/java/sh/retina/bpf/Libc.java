package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static sh.retina.bpf.Downcalls.unexpected;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The C library's functions that this package needs, in C's words (man pages 2 and 3). Where C
 * answers -1 and sets errno, these answer the negative error number, as the kernel does.
 */
final class Libc {
  static final int O_RDONLY = 0;
  static final int O_DIRECTORY = isArm() ? 0x4000 : 0x10000;
  static final int O_CLOEXEC = 0x80000;
  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;
  static final int MAP_PRIVATE = 2;
  static final int MAP_ANONYMOUS = 0x20;
  static final int CLONE_NEWNET = 0x40000000;
  static final int AF_INET = 2;
  static final int AF_NETLINK = 16;
  static final int AF_PACKET = 17;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOL_SOCKET = 1;
  static final int SO_RCVBUF = 8;
  static final int SO_ATTACH_BPF = 50;
  static final int POLLIN = 1;
  static final int IF_NAMESIZE = 16;
  static final int CLOCK_REALTIME = 0;
  static final int CLOCK_MONOTONIC = 1;

  private static final SymbolLookup LIBC = Downcalls.libc();
  private static final MethodHandle OPEN = errno("open", of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE = plain("close", of(JAVA_INT, JAVA_INT));
  private static final MethodHandle MMAP =
      errno("mmap", of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP = plain("munmap", of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle GETPAGESIZE = plain("getpagesize", of(JAVA_INT));
  private static final MethodHandle SETNS = errno("setns", of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SOCKET =
      errno("socket", of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND = errno("bind", of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      errno("setsockopt", of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SEND =
      errno("send", of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle RECV =
      errno("recv", of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle IOCTL =
      errno("ioctl", of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle POLL =
      errno("poll", of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle IF_NAMETOINDEX = plain("if_nametoindex", of(JAVA_INT, ADDRESS));
  private static final MethodHandle IF_INDEXTONAME =
      plain("if_indextoname", of(ADDRESS, JAVA_INT, ADDRESS));
  private static final MethodHandle CLOCK_GETTIME =
      plain("clock_gettime", of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle VSNPRINTF =
      plain("vsnprintf", of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));

  private Libc() {}

  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      int fd = (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags);
      return fd < 0 ? -Downcalls.errno(state) : fd;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** No error of close can be acted upon: the descriptor is gone in any case. */
  static void close(int fd) {
    try {
      int _ = (int) CLOSE.invokeExact(fd);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** The address, or a negative error number. */
  static long mmap(long length, int protection, int flags, int fd, long offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      MemorySegment mapped =
          (MemorySegment)
              MMAP.invokeExact(state, MemorySegment.NULL, length, protection, flags, fd, offset);
      return mapped.address() == -1 ? -Downcalls.errno(state) : mapped.address();
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void munmap(long address, long length) {
    try {
      int _ = (int) MUNMAP.invokeExact(MemorySegment.ofAddress(address), length);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int getpagesize() {
    try {
      return (int) GETPAGESIZE.invokeExact();
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int setns(int fd, int kind) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      return orErrno(state, (int) SETNS.invokeExact(state, fd, kind));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int socket(int family, int type, int protocol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      return orErrno(state, (int) SOCKET.invokeExact(state, family, type, protocol));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int bind(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      return orErrno(state, (int) BIND.invokeExact(state, fd, address, (int) address.byteSize()));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      MemorySegment argument = arena.allocateFrom(JAVA_INT, value);
      return orErrno(
          state, (int) SETSOCKOPT.invokeExact(state, fd, level, option, argument, Integer.BYTES));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static long send(int fd, MemorySegment message) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      long sent = (long) SEND.invokeExact(state, fd, message, message.byteSize(), 0);
      return sent < 0 ? -Downcalls.errno(state) : sent;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static long recv(int fd, MemorySegment buffer, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      long received = (long) RECV.invokeExact(state, fd, buffer, buffer.byteSize(), flags);
      return received < 0 ? -Downcalls.errno(state) : received;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      return orErrno(state, (int) IOCTL.invokeExact(state, fd, request, argument));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Waits until the descriptor is readable: 1 yes, 0 timed out, negative error number. */
  static int pollIn(int fd, int timeoutMs) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = Downcalls.errnoState(arena);
      MemorySegment pollfd =
          arena.allocate(8, 4); // struct pollfd { int fd; short events, revents; }
      pollfd.set(JAVA_INT, 0, fd);
      pollfd.set(JAVA_SHORT, 4, (short) POLLIN);
      return orErrno(state, (int) POLL.invokeExact(state, pollfd, 1L, timeoutMs));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** 0: there is none in this thread's network namespace. */
  static int if_nametoindex(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return (int) IF_NAMETOINDEX.invokeExact(arena.allocateFrom(name));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Empty: there is none in this thread's network namespace. */
  static String if_indextoname(int index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(IF_NAMESIZE);
      MemorySegment found = (MemorySegment) IF_INDEXTONAME.invokeExact(index, name);
      return found.address() == 0 ? "" : name.getString(0);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Fills a struct timespec. It fails only for a clock that does not exist. */
  static void clock_gettime(int clock, MemorySegment timespec) {
    try {
      int _ = (int) CLOCK_GETTIME.invokeExact(clock, timespec);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int vsnprintf(MemorySegment to, long size, MemorySegment format, MemorySegment arguments) {
    try {
      return (int) VSNPRINTF.invokeExact(to, size, format, arguments);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int orErrno(MemorySegment state, int result) {
    return result < 0 ? -Downcalls.errno(state) : result;
  }

  private static boolean isArm() {
    return System.getProperty("os.arch", "").equals("aarch64");
  }

  private static FunctionDescriptor of(MemoryLayout result, MemoryLayout... arguments) {
    return FunctionDescriptor.of(result, arguments);
  }

  private static MethodHandle plain(String name, FunctionDescriptor type) {
    return Downcalls.bind(LIBC, name, type);
  }

  private static MethodHandle errno(String name, FunctionDescriptor type) {
    return Downcalls.bindWithErrno(LIBC, name, type);
  }
}
