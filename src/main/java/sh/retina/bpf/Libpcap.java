package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static sh.retina.bpf.Downcalls.unexpected;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The functions of pcap/pcap.h that {@link PacketSource} needs, in C's words. Integers are 0, or
 * one of {@code PCAP_ERROR_*} below zero, unless they say otherwise.
 */
final class Libpcap {
  static final int ERRBUF_SIZE = 256;
  static final int TSTAMP_PRECISION_NANO = 1;
  static final int NETMASK_UNKNOWN = -1;
  static final int DLT_RAW = 12; // LINKTYPE_RAW is another number
  static final int DLT_LINUX_SLL2 = 276;
  static final int ERROR_NO_SUCH_DEVICE = -5;
  static final int ERROR_PERM_DENIED = -8;

  /** Its header is of a timeval, whose second half is nanoseconds here, on 64-bit machines. */
  static final CStruct PKTHDR = CStruct.of("u64 seconds; u64 nanoseconds; u32 caplen; u32 len");

  static final CStruct STAT = CStruct.of("u32 recv; u32 drop; u32 ifdrop");
  static final CStruct PROGRAM = CStruct.of("u32 length; ptr instructions");

  private static final SymbolLookup LIBPCAP = Downcalls.libpcap();
  private static final MethodHandle CREATE =
      Downcalls.bind(LIBPCAP, "pcap_create", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
  private static final MethodHandle SET_SNAPLEN = integer("pcap_set_snaplen", JAVA_INT);
  private static final MethodHandle SET_PROMISC = integer("pcap_set_promisc", JAVA_INT);
  private static final MethodHandle SET_TIMEOUT = integer("pcap_set_timeout", JAVA_INT);
  private static final MethodHandle SET_BUFFER_SIZE = integer("pcap_set_buffer_size", JAVA_INT);
  private static final MethodHandle SET_PRECISION = integer("pcap_set_tstamp_precision", JAVA_INT);
  private static final MethodHandle SET_DATALINK = integer("pcap_set_datalink", JAVA_INT);
  private static final MethodHandle ACTIVATE = integer("pcap_activate");
  private static final MethodHandle SETNONBLOCK = integer("pcap_setnonblock", JAVA_INT, ADDRESS);
  private static final MethodHandle SELECTABLE_FD = integer("pcap_get_selectable_fd");
  private static final MethodHandle DATALINK = integer("pcap_datalink");
  private static final MethodHandle COMPILE =
      integer("pcap_compile", ADDRESS, ADDRESS, JAVA_INT, JAVA_INT);
  private static final MethodHandle SETFILTER = integer("pcap_setfilter", ADDRESS);
  private static final MethodHandle NEXT_EX = integer("pcap_next_ex", ADDRESS, ADDRESS);
  private static final MethodHandle STATS = integer("pcap_stats", ADDRESS);
  private static final MethodHandle FREECODE = nothing("pcap_freecode");
  private static final MethodHandle CLOSE = nothing("pcap_close");
  private static final MethodHandle GETERR =
      Downcalls.bind(LIBPCAP, "pcap_geterr", FunctionDescriptor.of(ADDRESS, ADDRESS));
  private static final MethodHandle STATUSTOSTR =
      Downcalls.bind(LIBPCAP, "pcap_statustostr", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  private Libpcap() {}

  /** Null with the reason in {@code errbuf}, of {@link #ERRBUF_SIZE}. */
  static MemorySegment pcap_create(String device, MemorySegment errbuf) {
    try (Arena arena = Arena.ofConfined()) {
      return (MemorySegment) CREATE.invokeExact(arena.allocateFrom(device), errbuf);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int pcap_set_snaplen(MemorySegment pcap, int bytes) {
    return call(SET_SNAPLEN, pcap, bytes);
  }

  static int pcap_set_promisc(MemorySegment pcap, int on) {
    return call(SET_PROMISC, pcap, on);
  }

  static int pcap_set_timeout(MemorySegment pcap, int milliseconds) {
    return call(SET_TIMEOUT, pcap, milliseconds);
  }

  static int pcap_set_buffer_size(MemorySegment pcap, int bytes) {
    return call(SET_BUFFER_SIZE, pcap, bytes);
  }

  static int pcap_set_tstamp_precision(MemorySegment pcap, int precision) {
    return call(SET_PRECISION, pcap, precision);
  }

  static int pcap_set_datalink(MemorySegment pcap, int type) {
    return call(SET_DATALINK, pcap, type);
  }

  /** Above 0: a warning. */
  static int pcap_activate(MemorySegment pcap) {
    return call(ACTIVATE, pcap);
  }

  static int pcap_setnonblock(MemorySegment pcap, int on, MemorySegment errbuf) {
    try {
      return (int) SETNONBLOCK.invokeExact(pcap, on, errbuf);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** What poll(2) takes; -1: nothing. */
  static int pcap_get_selectable_fd(MemorySegment pcap) {
    return call(SELECTABLE_FD, pcap);
  }

  /** A {@code DLT_*}; of what Linux has, files number all but DLT_RAW the same. */
  static int pcap_datalink(MemorySegment pcap) {
    return call(DATALINK, pcap);
  }

  static int pcap_compile(MemorySegment pcap, MemorySegment program, String filter) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          COMPILE.invokeExact(pcap, program, arena.allocateFrom(filter), 1, NETMASK_UNKNOWN);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int pcap_setfilter(MemorySegment pcap, MemorySegment program) {
    return call(SETFILTER, pcap, program);
  }

  /** 1: a packet; 0: none is there. */
  static int pcap_next_ex(MemorySegment pcap, MemorySegment header, MemorySegment data) {
    try {
      return (int) NEXT_EX.invokeExact(pcap, header, data);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int pcap_stats(MemorySegment pcap, MemorySegment stat) {
    return call(STATS, pcap, stat);
  }

  static void pcap_freecode(MemorySegment program) {
    run(FREECODE, program);
  }

  static void pcap_close(MemorySegment pcap) {
    run(CLOSE, pcap);
  }

  static String pcap_geterr(MemorySegment pcap) {
    try {
      return text((MemorySegment) GETERR.invokeExact(pcap));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static String pcap_statustostr(int status) {
    try {
      return text((MemorySegment) STATUSTOSTR.invokeExact(status));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** What C keeps; its texts end within {@link #ERRBUF_SIZE}. */
  static String text(MemorySegment string) {
    return string.reinterpret(ERRBUF_SIZE).getString(0);
  }

  private static int call(MethodHandle function, MemorySegment pcap) {
    try {
      return (int) function.invokeExact(pcap);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int call(MethodHandle function, MemorySegment pcap, int value) {
    try {
      return (int) function.invokeExact(pcap, value);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int call(MethodHandle function, MemorySegment pcap, MemorySegment argument) {
    try {
      return (int) function.invokeExact(pcap, argument);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static void run(MethodHandle function, MemorySegment argument) {
    try {
      function.invokeExact(argument);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle integer(String name, MemoryLayout... rest) {
    MemoryLayout[] arguments = new MemoryLayout[rest.length + 1];
    arguments[0] = ADDRESS;
    System.arraycopy(rest, 0, arguments, 1, rest.length);
    return Downcalls.bind(LIBPCAP, name, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private static MethodHandle nothing(String name) {
    return Downcalls.bind(LIBPCAP, name, FunctionDescriptor.ofVoid(ADDRESS));
  }
}
