package sh.retina.plugin;

import java.util.Map;

/** What objects of a plugin counted that are no longer in the kernel. */
record RetiredCounts(Map<KernelCounter, Long> counters, long misses, long kernelNs) {
  static final RetiredCounts NONE = new RetiredCounts(Map.of(), 0, 0);

  RetiredCounts {
    counters = Map.copyOf(counters);
  }

  long counter(KernelCounter counter) {
    return counters.getOrDefault(counter, 0L);
  }

  RetiredCounts plus(RetiredCounts other) {
    Map<KernelCounter, Long> sums = new java.util.EnumMap<>(KernelCounter.class);
    sums.putAll(counters);
    other.counters.forEach((counter, value) -> sums.merge(counter, value, Long::sum));
    return new RetiredCounts(sums, misses + other.misses, kernelNs + other.kernelNs);
  }
}
