package sh.retina.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * Walks the records of a span, in a ring or in a copy of it, such as a journal's. It skips
 * discarded records and never leaves the span: bytes that cannot be a record end the walk and are
 * counted. One walker is made once and used for many spans; it allocates nothing. Not thread-safe.
 *
 * <pre>{@code
 * records.over(address, byteCount);
 * while (records.next()) { decode(records.address(), records.length()); }
 * }</pre>
 */
public final class RingRecords {
  private long position;
  private long end;
  private long address;
  private int length;
  private int discarded;
  private long brokenBytes;

  // The last header and the stride that it means. While headers are equal, the next address does
  // not wait for this one's: see RingBuffer#drain.
  private int usual;
  private long usualStride = RingRecord.stride(usual);

  /** Bytes that a record of this much data takes in a span. */
  public static long strideOf(int length) {
    return RingRecord.stride(length);
  }

  /** Writes a record as a ring would hold it, for events that no program made. */
  public static void put(MemorySegment to, long at, byte[] bytes, int offset, int length) {
    to.set(JAVA_INT, at, length);
    to.set(JAVA_INT, at + Integer.BYTES, 0);
    MemorySegment.copy(bytes, offset, to, JAVA_BYTE, at + RingRecord.HEADER_LENGTH, length);
  }

  /** Starts at the first record of a span. */
  public RingRecords over(long spanAddress, long byteCount) {
    position = spanAddress;
    end = spanAddress + Math.max(0, byteCount);
    address = 0;
    length = 0;
    discarded = 0;
    brokenBytes = 0;
    return this;
  }

  /** Goes to the next record; false at the end. */
  public boolean next() {
    while (end - position >= RingRecord.HEADER_LENGTH) {
      int header = NativeMemory.intAt(position);
      if (header != usual) {
        if (RingRecord.isBusy(header)) {
          break;
        }
        usual = header;
        usualStride = RingRecord.stride(header);
      }
      long stride = usualStride;
      if (stride > end - position) {
        break;
      }
      long data = position + RingRecord.HEADER_LENGTH;
      position += stride;
      if (RingRecord.isDiscarded(header)) {
        discarded++;
      } else {
        address = data;
        length = RingRecord.length(header);
        return true;
      }
    }
    brokenBytes = end - position;
    return false;
  }

  /** Where the current record's data begins. */
  public long address() {
    return address;
  }

  /** Bytes of the current record's data, as the program reserved them. */
  public int length() {
    return length;
  }

  /** Discarded records that were passed so far in this span. */
  public int discarded() {
    return discarded;
  }

  /** Bytes at the end of the span that are no records: 0 after a whole span was walked. */
  public long brokenBytes() {
    return brokenBytes;
  }
}
