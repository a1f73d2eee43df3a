package sh.retina.planted.knows.event;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
public record Word(String text) {}
