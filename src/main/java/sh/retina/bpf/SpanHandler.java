package sh.retina.bpf;

/** Takes a span of records out of a ring buffer. */
@FunctionalInterface
public interface SpanHandler {
  /**
   * Called once per drain, with records as they lie in the ring: header, data and padding, one
   * after another, without a gap even where the ring wraps around. {@link RingRecords} walks them,
   * here or in a copy. The memory is the ring's and ours only until this returns; if it throws, the
   * records stay and come again.
   *
   * @param address of the first record's header, in {@link NativeMemory}; a multiple of eight
   * @param byteCount of the span; a multiple of eight
   * @param records in it, without those that the program discarded
   */
  void onSpan(long address, long byteCount, int records);
}
