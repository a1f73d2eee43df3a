package sh.retina.event;

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

  /** The exact Prometheus name; a counter's ends in {@code _total}, the unit stands before. */
  String exposed();

  Kind kind();

  /** What is counted, without a full stop. */
  String help();

  /** Names of its labels, in the order of {@link StatSample#labelValues}. */
  List<String> labels();

  /** The name that dashboards made for Retina query; empty if there is none. */
  String networkObservabilityName();
}
