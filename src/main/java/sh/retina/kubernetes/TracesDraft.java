package sh.retina.kubernetes;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/**
 * A TracesConfiguration while it is read. What the operator accepted last goes before what stands
 * there now, so that a change which it refuses, or has not seen yet, leaves all as it was.
 */
final class TracesDraft extends Draft {
  private boolean isAccepted;
  private @Nullable JsonNode spec;
  private @Nullable JsonNode lastKnown;

  @Override
  void field(String name, JsonParser parser) {
    switch (name) {
      case "spec" -> spec = parser.readValueAsTree();
      case "status" -> JsonFields.of(parser, this::status);
      default -> {
        // apiVersion, kind
      }
    }
  }

  private void status(String name, JsonParser parser) {
    switch (name) {
      case "state" -> isAccepted = JsonFields.text(parser).equals("Accepted");
      case "lastKnownSpec" -> lastKnown = parser.readValueAsTree();
      default -> {
        // reason, conditions
      }
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    JsonNode of = lastKnown != null ? lastKnown : isAccepted ? spec : null;
    return new ClusterObject.Traces(meta.name, of == null ? List.of() : TraceFilters.of(of));
  }
}
