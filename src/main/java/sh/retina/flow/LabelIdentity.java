package sh.retina.flow;

import java.util.List;

/**
 * The number of a set of labels, for clients that group flows by it. Cilium hands out such numbers
 * one by one; here it follows from namespace and labels alone, so that every node says the same
 * without asking anybody. Bit 30 is set, and bits 24 and 25 never are: no number of Cilium's, of
 * which those two mean CIDR blocks and nodes, looks like that. Of 28 bits that are left a thousand
 * sets share one with a chance of 0.2 %; two sets that do only look like one in a client's drawing.
 */
final class LabelIdentity {
  private static final int MARK = 1 << 30;
  private static final int LOW_BITS = 0x00ff_ffff;
  private static final int HIGH_BITS = 0x3c00_0000;

  private LabelIdentity() {}

  /**
   * @param labels sorted
   */
  static int of(FlowNode node, String namespace, List<String> labels) {
    long hash = add(0xcbf29ce484222325L, node.clusterOrDefault()); // FNV-1a, 64 bits
    hash = add(hash, namespace);
    for (String label : labels) {
      hash = add(hash, label);
    }
    hash = (hash ^ hash >>> 29) * 0xbf58476d1ce4e5b9L;
    int mixed = (int) (hash ^ hash >>> 32);
    return MARK | mixed & LOW_BITS | mixed & HIGH_BITS;
  }

  private static long add(long hash, String text) {
    long sum = hash;
    for (int i = 0; i < text.length(); i++) {
      sum = (sum ^ text.charAt(i)) * 0x100000001b3L;
    }
    return (sum ^ 0xffff) * 0x100000001b3L; // ends the text, so that ab c is not a bc
  }
}
