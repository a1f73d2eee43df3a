package sh.retina.plugin.packetparser;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Frames that are nearly right: one of the corpus with a few changes where headers are, of the kind
 * that a parser trips over. The same seed makes the same frames.
 */
final class FrameMutation {
  /** What BPF_PROG_TEST_RUN takes: a link layer's header and a byte, within one page. */
  static final int SHORTEST = 15;

  static final int LONGEST = 3_000;

  /** Where changes are made: most headers end before. */
  static final int HEADERS = 120;

  private static final int MOST_CHANGES = 4;
  private static final int[] ETHERTYPES = {0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x05dc, 0xffff};
  private static final int[] PROTOCOLS = {
    0, 1, 4, 6, 17, 43, 44, 50, 51, 58, 59, 60, 132, 135, 255
  };
  private static final int[] BYTES = {
    0, 1, 0x0f, 0x20, 0x3f, 0x40, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xff
  };

  private final List<byte[]> corpus;
  private final RandomGenerator random;

  FrameMutation(List<byte[]> corpus, RandomGenerator random) {
    this.corpus = corpus;
    this.random = random;
  }

  /** The next frame that the kernel takes for a test run. */
  byte[] next() {
    byte[] frame = mutated();
    while (!PacketKernel.takes(frame)) {
      frame = mutated();
    }
    return frame;
  }

  private byte[] mutated() {
    byte[] frame = pick().clone();
    for (int changes = 1 + random.nextInt(MOST_CHANGES); changes > 0; changes--) {
      frame = changed(frame);
    }
    int length = Math.clamp(frame.length, SHORTEST, LONGEST);
    return frame.length == length ? frame : Arrays.copyOf(frame, length);
  }

  private byte[] changed(byte[] frame) {
    int at = random.nextInt(Math.clamp(frame.length, 1, HEADERS));
    switch (random.nextInt(8)) {
      case 0 -> frame[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> frame[at] = (byte) of(BYTES);
      case 2 -> frame[at] = (byte) random.nextInt();
      case 3 -> put16(frame, 12 + 4 * random.nextInt(3), of(ETHERTYPES));
      case 4 -> frame[Math.min(frame.length - 1, protocolPlace())] = (byte) of(PROTOCOLS);
      case 5 -> put16(frame, 16 + random.nextInt(8), random.nextInt(0x10000)); // lengths, fragments
      case 6 -> {
        return Arrays.copyOf(frame, 1 + random.nextInt(Math.min(frame.length, HEADERS)));
      }
      default -> {
        return spliced(frame, at);
      }
    }
    return frame;
  }

  /** Where IPv4, IPv6 and the first two extension headers say what follows, without a tag. */
  private int protocolPlace() {
    return of(new int[] {23, 20, 54, 62});
  }

  /** The frame's start and another's end, as with a header inside a header. */
  private byte[] spliced(byte[] frame, int at) {
    byte[] other = pick();
    int from = random.nextInt(Math.min(other.length, HEADERS));
    byte[] joined = Arrays.copyOf(frame, Math.min(LONGEST, at + other.length - from));
    System.arraycopy(other, from, joined, at, joined.length - at);
    return joined;
  }

  private byte[] pick() {
    return corpus.get(random.nextInt(corpus.size()));
  }

  private int of(int[] values) {
    return values[random.nextInt(values.length)];
  }

  private static void put16(byte[] frame, int at, int value) {
    if (at + 1 < frame.length) {
      frame[at] = (byte) (value >> 8);
      frame[at + 1] = (byte) value;
    }
  }
}
