package sh.retina.plugin;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import sh.retina.bpf.BpfException;
import sh.retina.bpf.BpfMap;
import sh.retina.bpf.BpfObject;
import sh.retina.event.IpPrefix;

/**
 * The prefixes in the kernel of one object that includes interest.h. A change writes differences:
 * first what is new, then what goes, so an address that is in the old and in the new set is never
 * missing; packets in between see a set that is a bit too large. Thread-safe.
 */
final class AddressesOfInterest {
  private static final String ONLY = "only_of_interest";
  private static final int ADDRESS_V4 = 12; // of the 16 bytes of a mapped address
  private static final int KEY_BYTES = Integer.BYTES + 16;

  private final BpfObject object;
  private final BpfMap ipv4;
  private final BpfMap ipv6;
  private final Set<IpPrefix> there = new HashSet<>();

  AddressesOfInterest(BpfObject object) {
    this.object = object;
    this.ipv4 = object.map("interest_ipv4");
    this.ipv6 = object.map("interest_ipv6");
  }

  /**
   * Throws BpfException when the kernel has no room for all; then everything is of interest, as too
   * much is better than what nobody notices is missing.
   */
  synchronized void set(Interest interest) {
    if (interest.isAll()) {
      only(false);
    }
    try {
      replace(interest.prefixes());
    } catch (BpfException e) {
      only(false);
      throw e;
    }
    if (!interest.isAll()) {
      only(true);
    }
  }

  private void only(boolean on) {
    object.knobs(Map.of(ONLY, on ? 1L : 0L));
  }

  private void replace(Set<IpPrefix> wanted) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(KEY_BYTES, Integer.BYTES);
      MemorySegment value = arena.allocate(JAVA_BYTE);
      for (IpPrefix prefix : wanted) {
        if (!there.contains(prefix)) {
          map(prefix).update(key(key, prefix), value);
          there.add(prefix);
        }
      }
      there.removeIf(prefix -> {
        boolean goes = !wanted.contains(prefix);
        if (goes) {
          map(prefix).delete(key(key, prefix));
        }
        return goes;
      });
    }
  }

  private BpfMap map(IpPrefix prefix) {
    return prefix.isV4() ? ipv4 : ipv6;
  }

  /** {@code struct ipv4_prefix} and {@code ipv6_prefix} of interest.h. */
  private static MemorySegment key(MemorySegment whole, IpPrefix prefix) {
    int from = prefix.isV4() ? ADDRESS_V4 : 0;
    byte[] address = prefix.address().toBytes();
    MemorySegment key = whole.asSlice(0, Integer.BYTES + address.length - from);
    key.set(JAVA_INT, 0, prefix.length());
    MemorySegment.copy(address, from, key, JAVA_BYTE, Integer.BYTES, address.length - from);
    return key;
  }
}
