package sh.retina.bpf;

/**
 * A struct copied out of native memory, to be read field by field on the hot path. A method in
 * which C2 has inlined some thirty reads of native memory is full (its NodeCountInliningCutoff):
 * each further one becomes calls, and decoding a flow event took 60 ns for it. Reads of this array
 * are next to nothing to the compiler. Little endian, as all that BPF runs on here. One per
 * decoder; not thread-safe.
 */
public final class StructWords {
  private static final int BITS = 3;

  private final long[] words;

  /** For structs of one size, which all their members of 64 bits make a multiple of eight. */
  public StructWords(int sizeBytes) {
    if ((sizeBytes & (Long.BYTES - 1)) != 0) {
      throw new IllegalArgumentException("not a multiple of 8 bytes: size=" + sizeBytes);
    }
    words = new long[sizeBytes >>> BITS];
  }

  /** Copies the struct at an absolute address. */
  public void load(long address) {
    load(address, words.length << BITS);
  }

  /**
   * The same with the size once more: where that is a constant, C2 unrolls the copy, and the array
   * is left out of it.
   */
  public void load(long address, int sizeBytes) {
    long[] to = words;
    for (int i = 0; i < sizeBytes >>> BITS; i++) {
      to[i] = NativeMemory.longAt(address + ((long) i << BITS));
    }
  }

  long word(long offset) {
    return words[(int) offset >>> BITS];
  }

  /**
   * The word that holds a field, with the field in its lowest bits. A field never crosses words.
   */
  long from(long offset) {
    return word(offset) >>> (offset << BITS);
  }
}
