package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Packets of an interface by libpcap, which reads them from a ring that it shares with the kernel
 * (AF_PACKET, TPACKET_V3) and has the kernel apply the filter. Belongs to the network namespace of
 * the thread that opens it. Needs CAP_NET_RAW. Not thread-safe.
 */
public final class PacketSource implements Packet, AutoCloseable {
  /** All interfaces of the namespace, those that come later included. */
  public static final String ANY = "any";

  /** The link type of {@link #ANY}: a header of 20 bytes with the interface's index at 4. */
  public static final int COOKED = Libpcap.DLT_LINUX_SLL2;

  /** The link type of packets without a link header, in files. */
  private static final int RAW = 101;

  /** As much as any packet has. */
  public static final int MAX_SNAP_LENGTH = 262_144;

  private static final int WAIT_MS = 100;

  /**
   * What to see.
   *
   * @param device an interface's name, or {@link #ANY}
   * @param snapLength bytes that are kept of each packet
   * @param bufferBytes of the ring
   * @param filter in libpcap's language (pcap-filter(7)); empty: all packets
   */
  public record Options(
      String device, int snapLength, int bufferBytes, boolean promiscuous, String filter) {}

  /**
   * What the kernel counted since the source was opened.
   *
   * @param received packets that the filter let through, lost ones included
   * @param dropped those that found the ring full
   * @param interfaceDropped what the driver lost, where it tells
   */
  public record Statistics(long received, long dropped, long interfaceDropped) {}

  private final String device;
  private final MemorySegment pcap;
  private final int linkType;
  private final int descriptor;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment headerPointer = arena.allocate(ADDRESS);
  private final MemorySegment dataPointer = arena.allocate(ADDRESS);
  private final MemorySegment stat = arena.allocate(Libpcap.STAT.sizeBytes(), 4);
  private final byte[] data;
  private boolean isLost;
  private int length;
  private int wireLength;
  private long timeNs;

  private PacketSource(Options options, MemorySegment pcap) {
    this.device = options.device();
    this.pcap = pcap;
    this.linkType = ofFiles(Libpcap.pcap_datalink(pcap));
    this.descriptor = Libpcap.pcap_get_selectable_fd(pcap);
    this.data = new byte[options.snapLength()];
  }

  /**
   * Sees packets from now on.
   *
   * @throws PacketSourceException when there is no such interface, the filter is wrong (with what
   *     libpcap says of it), or a right is missing
   * @throws BpfException when libpcap is not installed
   */
  public static PacketSource open(Options options) {
    Downcalls.libpcap();
    MemorySegment pcap;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment why = arena.allocate(Libpcap.ERRBUF_SIZE);
      pcap = Libpcap.pcap_create(options.device(), why);
      if (pcap.address() == 0) {
        throw new PacketSourceException("interface " + options.device() + ": " + Libpcap.text(why));
      }
    }
    try {
      activate(pcap, options);
      filter(pcap, options.filter());
      doNotBlock(pcap);
      return new PacketSource(options, pcap);
    } catch (RuntimeException e) {
      Libpcap.pcap_close(pcap);
      throw e;
    }
  }

  private static void activate(MemorySegment pcap, Options options) {
    // These refuse only what is active already.
    Libpcap.pcap_set_snaplen(pcap, options.snapLength());
    Libpcap.pcap_set_promisc(pcap, options.promiscuous() ? 1 : 0);
    Libpcap.pcap_set_timeout(pcap, WAIT_MS);
    Libpcap.pcap_set_buffer_size(pcap, options.bufferBytes());
    Libpcap.pcap_set_tstamp_precision(pcap, Libpcap.TSTAMP_PRECISION_NANO);
    int result = Libpcap.pcap_activate(pcap);
    if (result < 0) {
      String why = Libpcap.pcap_geterr(pcap);
      String what =
          switch (result) {
            case Libpcap.ERROR_NO_SUCH_DEVICE -> "no such interface here";
            case Libpcap.ERROR_PERM_DENIED -> "not permitted: CAP_NET_RAW is needed";
            default -> Libpcap.pcap_statustostr(result);
          };
      throw new PacketSourceException(
          "interface "
              + options.device()
              + ": "
              + what
              + (why.isEmpty() || why.equals(what) ? "" : " (" + why + ")"));
    }
    if (options.device().equals(ANY)
        && Libpcap.pcap_set_datalink(pcap, Libpcap.DLT_LINUX_SLL2) != 0) {
      throw new PacketSourceException(
          "all interfaces at once: "
              + Libpcap.pcap_geterr(pcap)
              + ": libpcap 1.10 or newer is needed, or name one interface");
    }
  }

  private static void filter(MemorySegment pcap, String filter) {
    if (filter.isEmpty()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment program = arena.allocate(Libpcap.PROGRAM.sizeBytes(), 8);
      if (Libpcap.pcap_compile(pcap, program, filter) != 0) {
        throw new PacketSourceException("filter '" + filter + "': " + Libpcap.pcap_geterr(pcap));
      }
      try {
        if (Libpcap.pcap_setfilter(pcap, program) != 0) {
          throw new PacketSourceException("filter '" + filter + "': " + Libpcap.pcap_geterr(pcap));
        }
      } finally {
        Libpcap.pcap_freecode(program);
      }
    }
  }

  private static void doNotBlock(MemorySegment pcap) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment why = arena.allocate(Libpcap.ERRBUF_SIZE);
      if (Libpcap.pcap_setnonblock(pcap, 1, why) != 0) {
        throw new PacketSourceException("read without waiting: " + Libpcap.text(why));
      }
    }
  }

  /** Devices say a number of their own for packets without a link header. */
  private static int ofFiles(int deviceType) {
    return deviceType == Libpcap.DLT_RAW ? RAW : deviceType;
  }

  /** Of an interface in this thread's network namespace; 0: there is none of this name. */
  public static int interfaceIndex(String name) {
    Downcalls.requireNativeAccess();
    return Libc.if_nametoindex(name);
  }

  /** Of an interface in this thread's network namespace; empty: there is none. */
  public static String interfaceName(int index) {
    Downcalls.requireNativeAccess();
    return Libc.if_indextoname(index);
  }

  /** A {@code LINKTYPE_*} number, as files of packets have it. */
  public int linkType() {
    return linkType;
  }

  /**
   * Waits for a packet, for some 100 ms.
   *
   * @return false when none came
   * @throws PacketSourceException when no more can come, as the interface is gone
   */
  public boolean next() {
    int result = Libpcap.pcap_next_ex(pcap, headerPointer, dataPointer);
    // Waiting is ours: libpcap itself waits for the first packet without end.
    if (result == 0 && Libc.pollIn(descriptor, WAIT_MS) != 0) {
      result = Libpcap.pcap_next_ex(pcap, headerPointer, dataPointer);
    }
    if (result < 0 && !isLost) {
      // The kernel hands over what came before the interface went when its block's time is over.
      isLost = true;
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2 * WAIT_MS));
      result = Libpcap.pcap_next_ex(pcap, headerPointer, dataPointer);
    }
    if (result == 0) {
      return false;
    }
    if (result < 0) {
      throw new PacketSourceException("interface " + device + ": " + Libpcap.pcap_geterr(pcap));
    }
    MemorySegment memory = NativeMemory.all();
    long header = headerPointer.get(JAVA_LONG, 0);
    timeNs =
        memory.get(JAVA_LONG, header) * 1_000_000_000
            + memory.get(JAVA_LONG, header + Libpcap.PKTHDR.offset("nanoseconds"));
    wireLength = memory.get(JAVA_INT, header + Libpcap.PKTHDR.offset("len"));
    length = Math.min(memory.get(JAVA_INT, header + Libpcap.PKTHDR.offset("caplen")), data.length);
    MemorySegment.copy(memory, JAVA_BYTE, dataPointer.get(JAVA_LONG, 0), data, 0, length);
    return true;
  }

  @Override
  public byte[] data() {
    return data;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int wireLength() {
    return wireLength;
  }

  @Override
  public long timeNs() {
    return timeNs;
  }

  public Statistics statistics() {
    if (Libpcap.pcap_stats(pcap, stat) != 0) {
      throw new PacketSourceException(
          "statistics of interface " + device + ": " + Libpcap.pcap_geterr(pcap));
    }
    return new Statistics(number("recv"), number("drop"), number("ifdrop"));
  }

  private long number(String field) {
    return Integer.toUnsignedLong(stat.get(JAVA_INT, Libpcap.STAT.offset(field)));
  }

  @Override
  public void close() {
    Libpcap.pcap_close(pcap);
    arena.close();
  }
}
