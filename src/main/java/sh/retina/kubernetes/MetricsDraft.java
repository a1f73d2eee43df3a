package sh.retina.kubernetes;

import java.util.List;
import tools.jackson.core.JsonParser;

/** A MetricsConfiguration while it is read: the namespaces that it asks for. */
final class MetricsDraft extends Draft {
  private boolean isAccepted;
  private List<String> include = List.of();
  private List<String> exclude = List.of();

  @Override
  void field(String name, JsonParser parser) {
    switch (name) {
      case "spec" ->
          JsonFields.of(
              parser,
              (key, p) -> {
                if (key.equals("namespaces")) {
                  JsonFields.of(p, this::namespaces);
                }
              });
      case "status" ->
          JsonFields.of(
              parser,
              (key, p) -> {
                if (key.equals("state")) {
                  isAccepted = JsonFields.text(p).equals("Accepted");
                }
              });
      default -> {
        // apiVersion, kind
      }
    }
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

  @Override
  ClusterObject finish(Interner interner) {
    return new ClusterObject.Metrics(meta.name, isAccepted, include, exclude);
  }
}
