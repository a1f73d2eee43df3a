package sh.retina.pipeline;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is counted per pod.
 *
 * @param enabled false leaves the node level only
 * @param context whose labels a series carries
 * @param labels which labels
 * @param replyLabel whether forwarded traffic is split by {@code is_reply}
 * @param maxSeries bound on all pod-level series together, counted as Prometheus sees them: two for
 *     a pair of packets and bytes, one per bucket and two more for a histogram. The overflow series
 *     come on top: at most one per metric and value of its own labels
 * @param ttl a series that is not updated for so long goes; zero: never
 * @param removalDelay how long the series of a deleted pod stay, so that one more scrape has their
 *     last values
 * @param dns what of DNS messages becomes a label
 * @param metrics what is different for some; of several for one the last holds
 */
public record PodLevel(
    boolean enabled,
    Context context,
    ContextChoice labels,
    boolean replyLabel,
    int maxSeries,
    Duration ttl,
    Duration removalDelay,
    DnsLabels dns,
    List<MetricOptions> metrics) {

  /**
   * What is different for some metrics.
   *
   * @param families which
   * @param enabled false: they have no series
   * @param labels null: as for all
   * @param maxSeries bound on each family's series, within that of all; 0: no other
   * @param ttl null: as for all
   */
  public record MetricOptions(
      Set<SeriesFamily> families,
      boolean enabled,
      @Nullable ContextChoice labels,
      int maxSeries,
      @Nullable Duration ttl) {
    public MetricOptions {
      families = Set.copyOf(families);
      if (maxSeries < 0 || ttl != null && ttl.isNegative()) {
        throw new IllegalArgumentException(
            "max-series and ttl must not be negative: " + maxSeries + ", " + ttl);
      }
    }
  }

  /**
   * Labels of DNS series that others choose the values of.
   *
   * @param labels which; mostly none
   * @param maxNames different values of them together; what comes later is {@code overflow}
   */
  public record DnsLabels(Set<DnsLabel> labels, int maxNames) {
    /** No such label. */
    public static final DnsLabels NONE = new DnsLabels(Set.of(), 0);

    public DnsLabels {
      labels = Set.copyOf(labels);
    }
  }

  /** Without labels for DNS. */
  public PodLevel(
      boolean enabled,
      Context context,
      Set<ContextLabel> labels,
      boolean replyLabel,
      int maxSeries,
      Duration ttl,
      Duration removalDelay) {
    this(enabled, context, labels, replyLabel, maxSeries, ttl, removalDelay, DnsLabels.NONE);
  }

  /** The same for all metrics. */
  public PodLevel(
      boolean enabled,
      Context context,
      Set<ContextLabel> labels,
      boolean replyLabel,
      int maxSeries,
      Duration ttl,
      Duration removalDelay,
      DnsLabels dns) {
    this(
        enabled,
        context,
        new ContextChoice(labels),
        replyLabel,
        maxSeries,
        ttl,
        removalDelay,
        dns,
        List.of());
  }

  /** Whose labels a series carries. */
  public enum Context {
    /** One side, without prefix; the direction says whose view it is. */
    LOCAL,
    /** Both sides, as {@code source_} and {@code destination_}. */
    REMOTE
  }

  public static final int DEFAULT_MAX_SERIES = 50_000;
  public static final Duration DEFAULT_REMOVAL_DELAY = Duration.ofMinutes(1);

  public PodLevel {
    if (maxSeries < 0) {
      throw new IllegalArgumentException("max-series must not be negative: " + maxSeries);
    }
    if (ttl.isNegative() || removalDelay.isNegative()) {
      throw new IllegalArgumentException(
          "ttl and removal-delay must not be negative: " + ttl + ", " + removalDelay);
    }
    metrics = List.copyOf(metrics);
  }

  private @Nullable MetricOptions options(SeriesFamily family) {
    MetricOptions found = null;
    for (MetricOptions one : metrics) {
      found = one.families().contains(family) ? one : found;
    }
    return found;
  }

  boolean isEnabled(SeriesFamily family) {
    MetricOptions own = options(family);
    return enabled && (own == null || own.enabled());
  }

  /** Labels of one family. */
  public ContextChoice labels(SeriesFamily family) {
    MetricOptions own = options(family);
    return own == null || own.labels() == null ? labels : own.labels();
  }

  Duration ttl(SeriesFamily family) {
    MetricOptions own = options(family);
    return own == null || own.ttl() == null ? ttl : own.ttl();
  }

  /** Bound of one family. */
  public int maxSeries(SeriesFamily family) {
    MetricOptions own = options(family);
    return own == null || own.maxSeries() == 0 ? maxSeries : own.maxSeries();
  }

  /** The node level only. */
  public static PodLevel off() {
    return with(false, Context.LOCAL);
  }

  /** Namespace, pod and workload, with the default budget and without a time to live. */
  public static PodLevel defaults(Context context) {
    return with(true, context);
  }

  private static PodLevel with(boolean enabled, Context context) {
    return new PodLevel(
        enabled,
        context,
        EnumSet.of(ContextLabel.NAMESPACE, ContextLabel.PODNAME, ContextLabel.WORKLOAD),
        false,
        DEFAULT_MAX_SERIES,
        Duration.ZERO,
        DEFAULT_REMOVAL_DELAY);
  }
}
