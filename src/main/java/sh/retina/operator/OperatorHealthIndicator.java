package sh.retina.operator;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Ready once a leader is known: the API server answers, and this process leads or waits. */
final class OperatorHealthIndicator implements HealthIndicator {
  private final Leadership leadership;
  private final Controllers controllers;

  OperatorHealthIndicator(Leadership leadership, Controllers controllers) {
    this.leadership = leadership;
    this.controllers = controllers;
  }

  @Override
  public Health health() {
    boolean ready = leadership.isLeader() ? controllers.isSynced() : !leadership.leader().isEmpty();
    return (ready ? Health.up() : Health.down())
        .withDetail("leader", leadership.leader())
        .withDetail("leads", leadership.isLeader())
        .build();
  }
}
