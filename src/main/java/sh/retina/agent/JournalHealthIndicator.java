package sh.retina.agent;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Whether history is kept. Part of {@code /actuator/health} only: no restart mends a disk, and
 * metrics are right without it.
 */
final class JournalHealthIndicator implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  private final LiveJournal live;

  JournalHealthIndicator(LiveJournal live) {
    this.live = live;
  }

  @Override
  public Health health() {
    return live.isKept() ? Health.up().build() : Health.status(DEGRADED).build();
  }
}
