package sh.retina.agent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import sh.retina.kubernetes.MetricWish;
import sh.retina.pipeline.ContextChoice;
import sh.retina.pipeline.ContextLabel;
import sh.retina.pipeline.PodLevel;
import sh.retina.pipeline.SeriesFamily;

/**
 * The pod-level metrics that accepted MetricsConfigurations ask for, over those of the
 * configuration. What they leave open stays as it is there. Words that nobody knows are passed
 * over: the operator says so in the object's status.
 */
final class WishedMetrics {
  private static final String POD_LABEL = "podlabel/";
  private static final String REPLY_LABEL = "is_reply";

  private WishedMetrics() {}

  /**
   * Only the metrics that are asked for have series; of two wishes for series that are counted
   * together (packets and bytes) both hold: the labels of both, the longer time, the larger bound.
   */
  static PodLevel over(PodLevel base, List<MetricWish> wishes) {
    if (!base.enabled() || wishes.isEmpty()) {
      return base;
    }
    Map<SeriesFamily, List<MetricWish>> byFamily = new EnumMap<>(SeriesFamily.class);
    for (MetricWish wish : wishes) {
      SeriesFamily.named(wish.metric())
          .ifPresent(family -> byFamily.computeIfAbsent(family, _ -> new ArrayList<>()).add(wish));
    }
    List<PodLevel.MetricOptions> options = new ArrayList<>();
    for (SeriesFamily family : SeriesFamily.values()) {
      options.add(options(base, family, byFamily.getOrDefault(family, List.of())));
    }
    boolean splitsReplies =
        byFamily.getOrDefault(SeriesFamily.FORWARDED, List.of()).stream()
            .anyMatch(wish -> contains(wish.additionalLabels(), REPLY_LABEL));
    return new PodLevel(
        true,
        base.context(),
        base.labels(),
        base.replyLabel() || splitsReplies,
        base.maxSeries(),
        base.ttl(),
        base.removalDelay(),
        base.dns(),
        options);
  }

  private static PodLevel.MetricOptions options(
      PodLevel base, SeriesFamily family, List<MetricWish> wishes) {
    if (wishes.isEmpty()) {
      return new PodLevel.MetricOptions(Set.of(family), false, null, 0, null);
    }
    boolean isForever = wishes.stream().anyMatch(wish -> wish.ttl().isZero());
    Duration longest =
        wishes.stream().map(MetricWish::ttl).max(Duration::compareTo).orElse(Duration.ZERO);
    int largest = wishes.stream().mapToInt(MetricWish::maxSeries).max().orElse(0);
    return new PodLevel.MetricOptions(
        Set.of(family),
        true,
        labels(base.labels(family), base.context(), wishes),
        largest > 0 ? largest : base.maxSeries(family),
        isForever ? Duration.ZERO : longest);
  }

  /**
   * A series has the labels of one side in the local context, where Retina asks for those of the
   * source; in the remote one both sides have the labels of either.
   */
  private static ContextChoice labels(
      ContextChoice otherwise, PodLevel.Context context, List<MetricWish> wishes) {
    EnumSet<ContextLabel> labels = EnumSet.noneOf(ContextLabel.class);
    Set<String> podLabels = new LinkedHashSet<>();
    for (MetricWish wish : wishes) {
      Set<ContextLabel> source = known(wish.sourceLabels());
      labels.addAll(source);
      if (context == PodLevel.Context.REMOTE || source.isEmpty()) {
        labels.addAll(known(wish.destinationLabels()));
      }
      wish.additionalLabels().stream()
          .filter(label -> label.startsWith(POD_LABEL))
          .forEach(label -> podLabels.add(label.substring(POD_LABEL.length())));
    }
    ContextChoice choice =
        new ContextChoice(labels.isEmpty() ? otherwise.labels() : labels, List.of());
    for (String key : podLabels) {
      choice = with(choice, key);
    }
    return choice;
  }

  /** Without it where it is no key, or one too many. */
  private static ContextChoice with(ContextChoice choice, String podLabel) {
    List<String> keys = new ArrayList<>(choice.podLabels());
    keys.add(podLabel);
    try {
      return new ContextChoice(choice.labels(), keys);
    } catch (IllegalArgumentException e) {
      return choice;
    }
  }

  private static Set<ContextLabel> known(Collection<String> words) {
    EnumSet<ContextLabel> labels = EnumSet.noneOf(ContextLabel.class);
    for (ContextLabel label : ContextLabel.values()) {
      if (contains(words, label.name())) {
        labels.add(label);
      }
    }
    return labels;
  }

  private static boolean contains(Collection<String> words, String word) {
    return words.stream()
        .anyMatch(one -> one.toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT)));
  }
}
