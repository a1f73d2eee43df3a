package sh.retina.agent;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Whether changes of the cluster are followed. Part of {@code /actuator/health} only: no restart
 * brings an API server back, and what was known goes on serving.
 */
final class ClusterHealthIndicator implements HealthIndicator {
  private static final Status DEGRADED = new Status("DEGRADED");

  private final ClusterSource cluster;

  ClusterHealthIndicator(ClusterSource cluster) {
    this.cluster = cluster;
  }

  @Override
  public Health health() {
    return cluster.faults().isEmpty()
        ? Health.up().build()
        : Health.status(DEGRADED).withDetails(cluster.faults()).build();
  }
}
