package sh.retina.agent;

import java.util.Map;
import sh.retina.export.prometheus.ClusterMeters;
import sh.retina.kubernetes.WatchStatus;

/** A watch as the metrics show it. */
record ClusterWatch(WatchStatus status) implements ClusterMeters.Watch {
  @Override
  public String resource() {
    return status.resource();
  }

  @Override
  public boolean isUp() {
    return status.isUp();
  }

  @Override
  public double ageSeconds() {
    return status.ageSeconds();
  }

  @Override
  public Map<String, Long> failures() {
    return status.failures();
  }
}
