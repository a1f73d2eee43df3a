package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;

/**
 * A MetricsConfiguration while it is read: the namespaces and metrics that it asks for. What the
 * operator accepted last goes before what stands there now, so that a change which it refuses, or
 * has not seen yet, leaves all as it was.
 */
final class MetricsDraft extends Draft {
  private boolean isAccepted;
  private @Nullable Spec spec;
  private @Nullable Spec lastKnown;

  @Override
  void field(String name, JsonParser parser) {
    switch (name) {
      case "spec" -> spec = new Spec().read(parser);
      case "status" -> JsonFields.of(parser, this::status);
      default -> {
        // apiVersion, kind
      }
    }
  }

  private void status(String name, JsonParser parser) {
    switch (name) {
      case "state" -> isAccepted = List.of("Accepted", "Warning").contains(JsonFields.text(parser));
      case "lastKnownSpec" -> lastKnown = new Spec().read(parser);
      default -> {
        // reason, conditions
      }
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    Spec of = lastKnown != null ? lastKnown : spec;
    return of == null
        ? new ClusterObject.Metrics(meta.name, false, List.of(), List.of(), List.of())
        : new ClusterObject.Metrics(
            meta.name, isAccepted || lastKnown != null, of.include, of.exclude, of.metrics);
  }

  /** What is asked for. */
  private static final class Spec {
    private List<String> include = List.of();
    private List<String> exclude = List.of();
    private final List<MetricWish> metrics = new ArrayList<>();

    Spec read(JsonParser parser) {
      JsonFields.of(
          parser,
          (name, p) -> {
            switch (name) {
              case "namespaces" -> JsonFields.of(p, this::namespaces);
              case "contextOptions" -> JsonFields.items(p, item -> metrics.add(metric(item)));
              default -> {
                // none
              }
            }
          });
      return this;
    }

    private void namespaces(String name, JsonParser parser) {
      switch (name) {
        case "include" -> include = texts(parser);
        case "exclude" -> exclude = texts(parser);
        default -> {
          // none
        }
      }
    }

    private static MetricWish metric(JsonParser parser) {
      String[] nameTtl = {"", ""};
      Map<String, List<String>> labels = new HashMap<>();
      int[] maxSeries = {0};
      JsonFields.of(
          parser,
          (name, p) -> {
            switch (name) {
              case "metricName" -> nameTtl[0] = JsonFields.text(p);
              case "ttl" -> nameTtl[1] = JsonFields.text(p);
              case "maxSeries" -> maxSeries[0] = Math.max(0, p.getValueAsInt(0));
              default -> labels.put(name, texts(p));
            }
          });
      return new MetricWish(
          nameTtl[0],
          labels.getOrDefault("sourceLabels", List.of()),
          labels.getOrDefault("destinationLabels", List.of()),
          labels.getOrDefault("additionalLabels", List.of()),
          MetricWish.duration(nameTtl[1]),
          maxSeries[0]);
    }
  }
}
