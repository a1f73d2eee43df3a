package sh.retina.planted.siblings.plugin.second;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
public record Second(int number) {}
