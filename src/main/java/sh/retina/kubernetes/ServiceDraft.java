package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import tools.jackson.core.JsonParser;

/** A Service while it is read. */
final class ServiceDraft extends Draft {
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
      case "clusterIP" -> address(JsonFields.text(parser), addresses); // also "None"
      case "clusterIPs", "externalIPs" -> texts(parser).forEach(text -> address(text, addresses));
      default -> {
        // ports, selector
      }
    }
  }

  private void status(String name, JsonParser parser) {
    if (name.equals("loadBalancer")) {
      JsonFields.of(
          parser,
          (list, ingresses) -> {
            if (list.equals("ingress")) {
              addresses(ingresses, "ip", addresses);
            }
          });
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    return new ClusterObject.Service(
        endpoint(
            Endpoint.Kind.SERVICE,
            meta.uid.orElse(PodDraft.NO_UID),
            Workloads.NONE,
            "",
            addresses,
            interner));
  }
}
