package sh.retina.agent;

import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sh.retina.kubernetes.MetricWish;
import sh.retina.pipeline.ContextChoice;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.SeriesFamily;

/**
 * What is counted per pod: what the configuration says, and over it what the cluster's
 * MetricsConfigurations ask for. Either may change while the agent runs. Thread-safe.
 */
final class PodLevels {
  private static final Logger LOG = LoggerFactory.getLogger(PodLevels.class);

  private final Consumer<PodLevel> counting;
  private PodLevel configured;
  private List<MetricWish> wishes = List.of();

  /** {@code counting}: is told what is counted from now on, when that changes. */
  PodLevels(RetinaProperties properties, Consumer<PodLevel> counting) {
    this.counting = counting;
    configured = of(properties);
  }

  synchronized void configure(RetinaProperties properties) {
    configured = of(properties);
    counting.accept(WishedMetrics.over(configured, wishes));
  }

  synchronized void wish(List<MetricWish> wanted) {
    wishes = wanted;
    LOG.info(
        "MetricsConfigurations ask for {}",
        wanted.isEmpty() ? "nothing" : wanted.stream().map(MetricWish::metric).toList());
    counting.accept(WishedMetrics.over(configured, wishes));
  }

  static PodLevel of(RetinaProperties properties) {
    RetinaProperties.PodLevel from = properties.podLevel();
    return new PodLevel(
        from.enabled(),
        from.context() == RetinaProperties.ContextKind.REMOTE
            ? PodLevel.Context.REMOTE
            : PodLevel.Context.LOCAL,
        ContextChoice.parse(from.labels()),
        from.replyLabel(),
        properties.metrics().maxSeries(),
        properties.metrics().ttl(),
        PodLevel.DEFAULT_REMOVAL_DELAY,
        new PodLevel.DnsLabels(from.dnsLabels(), from.maxDnsNames()),
        from.metrics().stream().map(PodLevels::options).toList());
  }

  private static PodLevel.MetricOptions options(RetinaProperties.PodMetric of) {
    EnumSet<SeriesFamily> families = EnumSet.noneOf(SeriesFamily.class);
    for (String name : List.of(of.name().split("\\+", -1))) {
      families.add(SeriesFamily.named(name.trim()).orElseThrow());
    }
    return new PodLevel.MetricOptions(
        families,
        of.enabled(),
        of.labels().isEmpty() ? null : ContextChoice.parse(of.labels()),
        of.maxSeries(),
        of.ttl());
  }
}
