package sh.retina.planted.statics.pipeline;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class Shared {
  static int counter;

  private Shared() {}
}
