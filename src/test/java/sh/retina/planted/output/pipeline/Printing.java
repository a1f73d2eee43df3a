package sh.retina.planted.output.pipeline;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class Printing {
  void print() {
    System.out.println("event");
  }
}
