package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * All of native memory as one segment, read at absolute addresses. This is the fastest way that
 * Java has (a slice or an arena's segment costs a check of its life per access), and the one that
 * checks nothing: whoever passes an address vouches for it. Addresses come from a ring's span, a
 * journal's document, or a segment of the caller, and live as long as that does.
 *
 * <p>Layouts are unaligned, because the copy of a span in a journal may start at any byte.
 */
public final class NativeMemory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG = LONG.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle ALIGNED_INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle ALIGNED_LONG = ValueLayout.JAVA_LONG.varHandle();

  private NativeMemory() {}

  /** The segment itself, for bulk copies from and to absolute addresses. */
  public static MemorySegment all() {
    return ALL;
  }

  public static byte byteAt(long address) {
    return ALL.get(JAVA_BYTE, address);
  }

  public static short shortAt(long address) {
    return ALL.get(SHORT, address);
  }

  public static int intAt(long address) {
    return ALL.get(INT, address);
  }

  public static long longAt(long address) {
    return ALL.get(LONG, address);
  }

  /** Eight bytes in network order. */
  public static long bigEndianLongAt(long address) {
    return ALL.get(BIG_ENDIAN_LONG, address);
  }

  public static void putByte(long address, byte value) {
    ALL.set(JAVA_BYTE, address, value);
  }

  public static void putShort(long address, short value) {
    ALL.set(SHORT, address, value);
  }

  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  /** Copies bytes between two addresses that do not overlap. */
  public static void copy(long from, long to, long byteCount) {
    MemorySegment.copy(ALL, from, ALL, to, byteCount);
  }

  static int intAcquire(long address) {
    return (int) ALIGNED_INT.getAcquire(ALL, address);
  }

  static long longAcquire(long address) {
    return (long) ALIGNED_LONG.getAcquire(ALL, address);
  }

  static void putLongRelease(long address, long value) {
    ALIGNED_LONG.setRelease(ALL, address, value);
  }
}
