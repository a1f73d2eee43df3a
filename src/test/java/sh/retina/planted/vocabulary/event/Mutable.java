package sh.retina.planted.vocabulary.event;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class Mutable {
  int value;
}
