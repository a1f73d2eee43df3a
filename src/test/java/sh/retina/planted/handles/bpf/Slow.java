package sh.retina.planted.handles.bpf;

import java.lang.invoke.VarHandle;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record Slow(VarHandle handle) {}
