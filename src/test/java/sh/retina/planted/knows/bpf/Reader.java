package sh.retina.planted.knows.bpf;

import sh.retina.planted.knows.event.Word;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record Reader(Word word) {}
