package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a driver counts for itself, as {@code ethtool -S} shows it (SIOCETHTOOL, linux/ethtool.h),
 * of interfaces in the network namespace of the thread that opens it. Needs no privilege. Not
 * thread-safe.
 */
public final class EthtoolStatistics implements AutoCloseable {
  private static final int SIOCETHTOOL = 0x8946;
  private static final int GET_STRINGS = 0x1b;
  private static final int GET_STATISTICS = 0x1d;
  private static final int GET_SET_INFO = 0x37;
  private static final int STATISTICS_SET = 1; // ETH_SS_STATS
  private static final int NAME_LENGTH = 32; // ETH_GSTRING_LEN
  private static final int MAX_STATISTICS = 16 * 1024;

  /** The kernel writes as many as there are then: a queue that comes meanwhile has room. */
  private static final int SPARE = 1024;

  /** struct ifreq of linux/if.h */
  private static final CStruct REQUEST = CStruct.of("u8 name[16]; ptr data; u8 rest[16]");

  /** struct ethtool_sset_info */
  private static final CStruct SET_INFO = CStruct.of("u32 cmd; u32 reserved; u64 mask; u32 data");

  /** struct ethtool_gstrings and, the first and the third of it, struct ethtool_stats */
  private static final CStruct STRINGS = CStruct.of("u32 cmd; u32 set; u32 length; u8 data[1]");

  private static final int STRINGS_HEADER = (int) STRINGS.offset("data");
  private static final int VALUES_HEADER = 8; // struct ethtool_stats: cmd, n_stats

  private final int fd;

  private EthtoolStatistics(int fd) {
    this.fd = fd;
  }

  public static EthtoolStatistics open() {
    Downcalls.requireNativeAccess();
    int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw new BpfException("open socket for ethtool", fd, "");
    }
    return new EthtoolStatistics(fd);
  }

  /**
   * Values by the driver's names, in its order; empty when the driver counts nothing or is gone.
   */
  public Map<String, Long> of(String interfaceName) {
    Map<String, Long> values = new LinkedHashMap<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SET_INFO.sizeBytes(), 8);
      info.set(JAVA_INT, SET_INFO.offset("cmd"), GET_SET_INFO);
      info.set(JAVA_LONG, SET_INFO.offset("mask"), 1L << STATISTICS_SET);
      if (!ask(arena, interfaceName, info) || info.get(JAVA_LONG, SET_INFO.offset("mask")) == 0) {
        return values;
      }
      int count = info.get(JAVA_INT, SET_INFO.offset("data"));
      if (count <= 0 || count > MAX_STATISTICS) {
        return values;
      }
      MemorySegment names =
          arena.allocate(STRINGS_HEADER + (long) (count + SPARE) * NAME_LENGTH, 8);
      names.set(JAVA_INT, STRINGS.offset("cmd"), GET_STRINGS);
      names.set(JAVA_INT, STRINGS.offset("set"), STATISTICS_SET);
      names.set(JAVA_INT, STRINGS.offset("length"), count);
      MemorySegment numbers = arena.allocate(VALUES_HEADER + (long) (count + SPARE) * 8, 8);
      numbers.set(JAVA_INT, 0, GET_STATISTICS);
      numbers.set(JAVA_INT, 4, count);
      if (!ask(arena, interfaceName, names) || !ask(arena, interfaceName, numbers)) {
        return values;
      }
      // Another number of names than of values: a change came between, and none fits the other.
      if (names.get(JAVA_INT, STRINGS.offset("length")) == count
          && numbers.get(JAVA_INT, 4) == count) {
        for (int i = 0; i < count; i++) {
          values.put(
              name(names, STRINGS_HEADER + (long) i * NAME_LENGTH),
              numbers.get(JAVA_LONG_UNALIGNED, VALUES_HEADER + (long) i * Long.BYTES));
        }
      }
      return values;
    }
  }

  /** False when the driver has no such answer, or the interface is gone. */
  private boolean ask(Arena arena, String interfaceName, MemorySegment command) {
    MemorySegment request = arena.allocate(REQUEST.sizeBytes(), 8);
    byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
    MemorySegment.copy(
        name, 0, request, ValueLayout.JAVA_BYTE, REQUEST.offset("name"), Math.min(name.length, 15));
    request.set(ValueLayout.ADDRESS, REQUEST.offset("data"), command);
    int result = Libc.ioctl(fd, SIOCETHTOOL, request);
    if (result == -Errno.EOPNOTSUPP || result == -Errno.ENODEV || result == -Errno.EINVAL) {
      return false;
    }
    if (result < 0) {
      throw new BpfException("read ethtool statistics of " + interfaceName, result, "");
    }
    return true;
  }

  private static String name(MemorySegment names, long at) {
    byte[] bytes = names.asSlice(at, NAME_LENGTH).toArray(ValueLayout.JAVA_BYTE);
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
