package sh.retina.flow;

import java.util.UUID;
import sh.retina.event.Observation;

/**
 * A flow's UUID, made from where its report lies in which node's journal: it looks like a random
 * one (version 4, RFC 9562, section 5.4), but a replay gives the same again.
 */
final class FlowIds {
  private static final long VERSION_4 = 0x4000L;
  private static final long VARIANT = 1L << 63;

  private final long seed;

  FlowIds(FlowNode node) {
    long hash = 0xcbf29ce484222325L; // FNV-1a, 64 bits
    String name = node.qualifiedName();
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    seed = hash;
  }

  long high(Observation o) {
    return mix(mix(seed ^ o.journalIndex) + o.journalRecord) & ~0xf000L | VERSION_4;
  }

  long low(Observation o) {
    return mix(mix(o.journalIndex + seed) ^ mix(o.timeNs + o.journalRecord)) >>> 2 | VARIANT;
  }

  String text(Observation o) {
    return new UUID(high(o), low(o)).toString();
  }

  // The finaliser of SplitMix64: each input bit reaches each output bit.
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
