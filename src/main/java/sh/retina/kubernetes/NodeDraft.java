package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;
import tools.jackson.core.JsonParser;

/** A Node while it is read; of the labels only those of this node are kept. */
final class NodeDraft extends Draft {
  private static final List<String> ZONE_LABELS =
      List.of("topology.kubernetes.io/zone=", "failure-domain.beta.kubernetes.io/zone=");

  private final String ownNode;
  private final List<IpAddress> addresses = new ArrayList<>();

  NodeDraft(String ownNode) {
    this.ownNode = ownNode;
  }

  @Override
  void field(String name, JsonParser parser) {
    if (name.equals("status")) {
      JsonFields.of(
          parser,
          (key, p) -> {
            if (key.equals("addresses")) {
              addresses(p, "address", addresses); // a host name is none
            }
          });
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    String zone = "";
    for (String key : ZONE_LABELS) {
      for (String label : meta.labels) {
        zone = zone.isEmpty() && label.startsWith(key) ? label.substring(key.length()) : zone;
      }
    }
    return new ClusterObject.Node(
        new Endpoint(
            Endpoint.Kind.NODE,
            "",
            interner.one(meta.name),
            "",
            "",
            interner.one(meta.name),
            interner.one(zone),
            meta.name.equals(ownNode) ? meta.labels : List.of(),
            addresses,
            List.of()));
  }
}
