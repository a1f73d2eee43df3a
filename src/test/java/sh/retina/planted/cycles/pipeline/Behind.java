package sh.retina.planted.cycles.pipeline;

import sh.retina.planted.cycles.journal.Ahead;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
public interface Behind {
  Ahead ahead();
}
