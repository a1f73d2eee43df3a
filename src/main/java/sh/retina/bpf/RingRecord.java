package sh.retina.bpf;

/**
 * The layout of a record in a BPF ring buffer (struct bpf_ringbuf_hdr of kernel/bpf/ringbuf.c).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-----------------------------------------------------------+-+-+
 * |                          length (30 bits)                 |D|B|   B: reserved, not committed yet
 * +-----------------------------------------------------------+-+-+   D: discarded by the program
 * |                page offset (the kernel's own)                 |
 * +---------------------------------------------------------------+
 * |                data, padded to eight bytes                  ...
 * </pre>
 */
final class RingRecord {
  static final int HEADER_LENGTH = 8;
  static final int BUSY = 1 << 31;
  static final int DISCARDED = 1 << 30;

  private RingRecord() {}

  static boolean isBusy(int header) {
    return header < 0;
  }

  static boolean isDiscarded(int header) {
    return (header & DISCARDED) != 0;
  }

  static int length(int header) {
    return header & ~(BUSY | DISCARDED);
  }

  /** Bytes from this record's header to the next one's. */
  static long stride(int header) {
    return (HEADER_LENGTH + (long) length(header) + 7) & -8;
  }
}
