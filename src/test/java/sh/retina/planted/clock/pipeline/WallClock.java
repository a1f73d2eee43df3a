package sh.retina.planted.clock.pipeline;

import java.time.Instant;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
final class WallClock {
  Instant read() {
    return Instant.now();
  }
}
