package sh.retina.planted.verify;

import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class Waiting {
  void forever() {
    StepVerifier.create(Flux.empty()).verifyComplete();
  }
}
