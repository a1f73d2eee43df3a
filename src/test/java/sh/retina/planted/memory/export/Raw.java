package sh.retina.planted.memory.export;

import java.lang.foreign.MemorySegment;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record Raw(MemorySegment bytes) {}
