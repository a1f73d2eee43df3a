package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The metrics that a {@link MetricsConfiguration} wants. */
@Stored
public record MetricsConfigurationSpec(
    @Required
        @Size(max = 200)
        @JsonPropertyDescription("The metrics, each with its labels.")
        @ValidationRule(
            value = "size(self) > 0",
            message = "contextOptions is empty: name at least one metric")
        List<ContextOption> contextOptions,
    @Required
        @JsonPropertyDescription("Whose pods are counted.")
        @ValidationRule(
            value = "has(self.include) != has(self.exclude)",
            message =
                "namespaces needs include or exclude, not both: name the namespaces to watch, or"
                    + " those to leave out")
        Namespaces namespaces) {

  /** A metric and its labels. */
  @Stored
  public record ContextOption(
      @Required
          @Size(max = 64)
          @JsonPropertyDescription("Name of the metric without its prefix, such as forward_bytes.")
          @ValidationRule(
              value = "self in '" + Vocabulary.METRIC_WORDS + "'.split(', ')",
              message = "no such metric: write one of " + Vocabulary.METRIC_WORDS)
          String metricName,
      @Nullable
          @Size(max = 100)
          @JsonPropertyDescription(
              "Labels of the source: ip, namespace, podname, workload, service, port, zone, node.")
          List<String> sourceLabels,
      @Nullable
          @Size(max = 100)
          @JsonPropertyDescription("Labels of the destination, of the same words.")
          List<String> destinationLabels,
      @Nullable
          @Size(max = 100)
          @JsonPropertyDescription(
              "Further labels: direction, is_reply, or podlabel/KEY for a label of the pod.")
          @ValidationRule(
              value = "self.all(label, label != 'podlabel/')",
              message = "podlabel/ names no label: write podlabel/app for the pod's label app")
          List<@Size(max = 330) String> additionalLabels,
      @Nullable
          @Size(max = 64)
          @JsonPropertyDescription(
              "A series that nothing was added to for so long is removed; never where absent.")
          @ValidationRule(
              value = "self == '' || self.matches('" + Patterns.PARSED_DURATION + "')",
              message = "ttl is a time that is not negative, with a unit, such as 90s or 10m")
          String ttl,
      @Nullable
          @JsonPropertyDescription("Most series of this metric on a node.")
          @ValidationRule(
              value = "self >= 1",
              message = "maxSeries is at least 1: leave it out for the agent's own limit")
          Integer maxSeries) {}

  /** Either list is set, not both. */
  @Stored
  public record Namespaces(
      @Nullable @JsonPropertyDescription("Only these.") List<String> include,
      @Nullable @JsonPropertyDescription("All but these.") List<String> exclude) {}
}
