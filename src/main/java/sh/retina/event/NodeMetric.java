package sh.retina.event;

import com.google.errorprone.annotations.Immutable;
import java.util.List;

/**
 * A metric about the whole node that a plugin declares and reads by itself, such as a counter of
 * the kernel that is there already. An enum of the plugin's package, so that each name is written
 * once; {@code docs/metrics.md} is made of all of them.
 */
public interface NodeMetric {
  /** How its values change. */
  enum Kind {
    /** Only grows, from the node's or the agent's start. */
    COUNTER,
    GAUGE
  }

  /**
   * What a metric is.
   *
   * @param exposed the exact Prometheus name; a counter's ends in {@code _total}, the unit stands
   *     before
   * @param help what is counted, without a full stop
   * @param labels names of its labels, in the order of {@link StatSample#labelValues}
   * @param networkObservabilityName the name that dashboards made for Retina query; empty if there
   *     is none
   */
  @Immutable
  record Description(
      String exposed,
      Kind kind,
      String help,
      @SuppressWarnings("Immutable") // a copy, see below
          List<String> labels,
      String networkObservabilityName) {
    public Description {
      labels = List.copyOf(labels);
    }
  }

  Description description();

  default String exposed() {
    return description().exposed();
  }

  default Kind kind() {
    return description().kind();
  }

  default String help() {
    return description().help();
  }

  default List<String> labels() {
    return description().labels();
  }

  default String networkObservabilityName() {
    return description().networkObservabilityName();
  }
}
