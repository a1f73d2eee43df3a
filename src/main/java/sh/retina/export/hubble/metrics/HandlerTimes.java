package sh.retina.export.hubble.metrics;

/** How long answers of the page took, as a histogram with Prometheus' usual bounds. Thread-safe. */
final class HandlerTimes {
  private static final String NAME = "hubble_metrics_http_handler_request_duration_seconds";
  private static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  private static final double NANOS_PER_SECOND = 1e9;

  private final long[] counts = new long[BOUNDS.length];
  private long all;
  private double sumSeconds;

  synchronized void add(long ns) {
    double seconds = ns / NANOS_PER_SECOND;
    for (int i = 0; i < BOUNDS.length; i++) {
      if (seconds <= BOUNDS[i]) {
        counts[i]++;
      }
    }
    all++;
    sumSeconds += seconds;
  }

  /** In Prometheus' text format; nothing before the first answer. */
  synchronized void write(StringBuilder text) {
    if (all == 0) {
      return;
    }
    text.append("# HELP " + NAME + " Time that answers of this page took\n");
    text.append("# TYPE " + NAME + " histogram\n");
    for (int i = 0; i < BOUNDS.length; i++) {
      String bound = BOUNDS[i] % 1 == 0 ? String.valueOf((int) BOUNDS[i]) : "" + BOUNDS[i];
      text.append(NAME + "_bucket{code=\"200\",le=\"" + bound + "\"} " + counts[i] + "\n");
    }
    text.append(NAME + "_bucket{code=\"200\",le=\"+Inf\"} " + all + "\n");
    text.append(NAME + "_sum{code=\"200\"} " + sumSeconds + "\n");
    text.append(NAME + "_count{code=\"200\"} " + all + "\n");
  }
}
