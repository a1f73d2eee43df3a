package sh.retina.planted.waiting.pipeline;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class Sleeping {
  void pause() throws InterruptedException {
    Thread.sleep(1);
  }
}
