package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import tools.jackson.core.JsonParser;

/** A Pod while it is read. */
final class PodDraft extends Draft {
  static final UUID NO_UID = new UUID(0, 0);

  private String node = "";
  private boolean onHostNetwork;
  private boolean isOver;
  private final List<IpAddress> addresses = new ArrayList<>();

  @Override
  void field(String name, JsonParser parser) {
    switch (name) {
      case "spec" -> JsonFields.of(parser, this::spec);
      case "status" -> JsonFields.of(parser, this::status);
      default -> {
        // apiVersion, kind
      }
    }
  }

  private void spec(String name, JsonParser parser) {
    switch (name) {
      case "nodeName" -> node = JsonFields.text(parser);
      case "hostNetwork" -> onHostNetwork = parser.getValueAsBoolean();
      default -> {
        // containers, volumes: most of the object
      }
    }
  }

  private void status(String name, JsonParser parser) {
    switch (name) {
      case "phase" -> {
        String phase = JsonFields.text(parser);
        isOver = phase.equals("Succeeded") || phase.equals("Failed");
      }
      case "podIP" -> address(JsonFields.text(parser), addresses);
      case "podIPs" -> addresses(parser, "ip", addresses);
      default -> {
        // conditions, statuses of containers
      }
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    return new ClusterObject.Pod(
        endpoint(
            Endpoint.Kind.POD,
            meta.cgroupUid().orElse(NO_UID),
            Workloads.top(meta.controller.kind(), meta.controller.name(), meta.labels),
            node,
            onHostNetwork ? List.of() : addresses,
            interner),
        "",
        meta.isObserved,
        isOver);
  }
}
