package sh.retina.plugin.dns;

import sh.retina.bpf.NativeMemory;
import sh.retina.event.SafeText;

/**
 * Walks names of a DNS message (RFC 1035, sections 3.1 and 4.1.4). A compression pointer must point
 * before the part of the name that it ends, so a walk comes nearer to the start with each and
 * cannot go round; a name is at most 255 octets long, whatever the pointers make of it.
 */
final class DnsName {
  private static final int NOWHERE = -1;
  private static final int MAX_OCTETS = 255;
  private static final int MAX_LABEL = 63;
  private static final int POINTER = 0xc0;
  private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;

  private final byte[] label = new byte[MAX_LABEL];
  private long base;
  private int limit;

  // The label that next() found; length 0 is the root, which ends a name.
  private int labelAt;
  private int labelLength;
  private int partStart;
  private int octets;

  void over(long address, int captured) {
    base = address;
    limit = captured;
  }

  /** Where the bytes of a name end; -1 if they are not all there or are no name. */
  int end(int start) {
    int at = start;
    while (at < limit) {
      int length = octet(at);
      if (length == 0) {
        return at + 1;
      }
      if (length >= POINTER) {
        return at + 2 <= limit ? at + 2 : NOWHERE;
      }
      if (length > MAX_LABEL || at + length - start >= MAX_OCTETS) {
        return NOWHERE;
      }
      at += 1 + length;
    }
    return NOWHERE;
  }

  /** A number for a name, the same in any case; 0 if it cannot be read. */
  long hash(int start) {
    long hash = 1;
    int at = begin(start);
    do {
      at = next(at);
      if (at == NOWHERE) {
        return 0;
      }
      for (int i = 0; i < labelLength; i++) {
        hash = (hash ^ lower(octet(labelAt + i))) * HASH_FACTOR;
        hash ^= hash >>> 29;
      }
      hash = (hash ^ 0x100) * HASH_FACTOR;
    } while (labelLength != 0);
    return hash;
  }

  /** Appends a name in lower case, with a dot at its end; nothing if it cannot be read. */
  void append(int start, StringBuilder out) {
    int from = out.length();
    int at = begin(start);
    do {
      at = next(at);
      if (at == NOWHERE) {
        out.setLength(from);
        return;
      }
      if (labelLength != 0) {
        for (int i = 0; i < labelLength; i++) {
          label[i] = (byte) lower(octet(labelAt + i));
        }
        SafeText.DNS_LABEL.append(out, label, 0, labelLength);
        out.append('.');
      }
    } while (labelLength != 0);
    if (out.length() == from) {
      out.append('.');
    }
  }

  private int begin(int start) {
    partStart = start;
    octets = 0;
    return start;
  }

  /** Finds the label at or behind a place, and returns where the next is. */
  private int next(int start) {
    int at = start;
    while (at < limit) {
      int length = octet(at);
      if (length >= POINTER) {
        if (at + 1 >= limit) {
          return NOWHERE;
        }
        int target = (length & ~POINTER) << 8 | octet(at + 1);
        if (target < DnsMessage.HEADER_LENGTH || target >= partStart) {
          return NOWHERE;
        }
        partStart = target;
        at = target;
      } else {
        octets += 1 + length;
        if (length > MAX_LABEL || octets > MAX_OCTETS || at + 1 + length > limit) {
          return NOWHERE;
        }
        labelAt = at + 1;
        labelLength = length;
        return at + 1 + length;
      }
    }
    return NOWHERE;
  }

  private int octet(int at) {
    return NativeMemory.byteAt(base + at) & 0xff;
  }

  private static int lower(int octet) {
    return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
  }
}
