package sh.retina.planted.cycles.journal;

import sh.retina.planted.cycles.pipeline.Behind;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
public record Ahead(Behind behind) {}
