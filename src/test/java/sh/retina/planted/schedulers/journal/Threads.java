package sh.retina.planted.schedulers.journal;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class Threads {
  Scheduler own() {
    return Schedulers.parallel();
  }
}
