package sh.retina.planted.knows.guard;

import sh.retina.planted.knows.event.Word;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
record Listening(Word word) {}
