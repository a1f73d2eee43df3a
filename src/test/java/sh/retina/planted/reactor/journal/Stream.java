package sh.retina.planted.reactor.journal;

import reactor.core.publisher.Flux;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Stream {
  Flux<String> events();
}
