package sh.retina.agent;

import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import sh.retina.plugin.PluginManager;
import sh.retina.plugin.PluginStatus;

/** Ready while any plugin runs: one that fails does not make the others' data worthless. */
class PluginsHealthIndicator implements HealthIndicator {
  private final PluginManager manager;
  private final LiveJournal live;

  PluginsHealthIndicator(PluginManager manager, LiveJournal live) {
    this.manager = manager;
    this.live = live;
  }

  @Override
  public Health health() {
    if (live.journal() == null) {
      return Health.up().withDetail("replay", true).build();
    }
    Map<String, PluginStatus> statuses = manager.statuses();
    Health.Builder health =
        statuses.values().stream().anyMatch(PluginStatus::isUp) ? Health.up() : Health.down();
    statuses.forEach((plugin, status) -> health.withDetail(plugin, status.toString()));
    return health.build();
  }
}
