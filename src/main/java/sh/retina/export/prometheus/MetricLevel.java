package sh.retina.export.prometheus;

/** Whom a metric is about, as its name says. */
public enum MetricLevel {
  NODE,
  POD,
  AGENT
}
