package sh.retina.planted.chronicle.pipeline;

import net.openhft.chronicle.queue.ExcerptTailer;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Tail {
  ExcerptTailer tailer();
}
