package sh.retina.planted.linker.pipeline;

import java.lang.foreign.Linker;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record Caller(Linker linker) {}
