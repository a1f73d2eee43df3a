package sh.retina.agent;

import java.util.EnumSet;
import java.util.List;
import sh.retina.pipeline.ContextChoice;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.SeriesFamily;

/** What the configuration says of pod-level metrics, as the pipeline wants it. */
final class PodLevels {
  private PodLevels() {}

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
