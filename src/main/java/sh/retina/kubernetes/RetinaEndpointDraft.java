package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import tools.jackson.core.JsonParser;

/** A RetinaEndpoint while it is read: what the operator says of a pod. */
final class RetinaEndpointDraft extends Draft {
  private final List<IpAddress> addresses = new ArrayList<>();
  private String nodeIp = "";
  private boolean isObserved;
  private Workloads owner = Workloads.NONE;

  @Override
  void field(String name, JsonParser parser) {
    if (name.equals("spec")) {
      JsonFields.of(parser, this::spec);
    }
  }

  private void spec(String name, JsonParser parser) {
    switch (name) {
      case "podIP" -> address(JsonFields.text(parser), addresses);
      case "podIPs" -> texts(parser).forEach(text -> address(text, addresses));
      case "nodeIP" -> nodeIp = JsonFields.text(parser);
      case "labels" -> meta.labels = Meta.labels(parser);
      case "annotations" ->
          JsonFields.of(
              parser,
              (key, p) -> {
                if (key.equals(Meta.OBSERVE_ANNOTATION)) {
                  isObserved = JsonFields.text(p).equals("observe");
                }
              });
      case "ownerReferences" -> JsonFields.items(parser, this::owner);
      default -> {
        // containers
      }
    }
  }

  private void owner(JsonParser parser) {
    String[] kindName = {"", ""};
    JsonFields.of(
        parser,
        (field, p) -> {
          switch (field) {
            case "kind" -> kindName[0] = JsonFields.text(p);
            case "name" -> kindName[1] = JsonFields.text(p);
            default -> {
              // apiVersion
            }
          }
        });
    if (owner == Workloads.NONE) {
      owner = new Workloads(kindName[0], kindName[1]);
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    return new ClusterObject.Pod(
        endpoint(
            Endpoint.Kind.POD,
            meta.podOwnerUid.orElse(PodDraft.NO_UID),
            Workloads.top(owner.kind(), owner.name(), meta.labels),
            "",
            addresses,
            interner),
        nodeIp,
        isObserved,
        false);
  }
}
