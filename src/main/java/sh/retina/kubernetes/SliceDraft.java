package sh.retina.kubernetes;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import sh.retina.event.IpAddress;
import tools.jackson.core.JsonParser;

/** An EndpointSlice while it is read. */
final class SliceDraft extends Draft {
  private static final String SERVICE_LABEL = "kubernetes.io/service-name=";

  private final String onlyNode;
  private final TreeSet<String> pods = new TreeSet<>();
  private int port;
  private final List<String> addresses = new ArrayList<>();

  /** {@code onlyNode}: backends on other nodes are not kept; empty: those of all nodes. */
  SliceDraft(String onlyNode) {
    this.onlyNode = onlyNode;
  }

  @Override
  void field(String name, JsonParser parser) {
    switch (name) {
      case "endpoints" -> JsonFields.items(parser, this::backend);
      case "ports" ->
          JsonFields.items(
              parser,
              item ->
                  JsonFields.of(
                      item, (key, p) -> port = key.equals("port") ? p.getValueAsInt(port) : port));
      default -> {
        // addressType
      }
    }
  }

  private void backend(JsonParser parser) {
    String[] kindNameNode = {"", "", ""};
    JsonFields.of(
        parser,
        (field, p) -> {
          switch (field) {
            case "addresses" -> addresses.addAll(texts(p));
            case "nodeName" -> kindNameNode[2] = JsonFields.text(p);
            case "targetRef" ->
                JsonFields.of(
                    p,
                    (key, q) -> {
                      if (key.equals("kind")) {
                        kindNameNode[0] = JsonFields.text(q);
                      } else if (key.equals("name")) {
                        kindNameNode[1] = JsonFields.text(q);
                      }
                    });
            default -> {
              // conditions, hints
            }
          }
        });
    if (kindNameNode[0].equals("Pod")
        && (onlyNode.isEmpty() || kindNameNode[2].isEmpty() || onlyNode.equals(kindNameNode[2]))) {
      pods.add(kindNameNode[1]);
    }
  }

  @Override
  ClusterObject finish(Interner interner) {
    String service = "";
    for (String label : meta.labels) {
      if (label.startsWith(SERVICE_LABEL)) {
        service = label.substring(SERVICE_LABEL.length());
      }
    }
    List<IpAddress> servers = new ArrayList<>();
    if (meta.namespace.equals("default") && service.equals("kubernetes")) {
      addresses.forEach(text -> address(text, servers));
    }
    return new ClusterObject.Slice(
        interner.one(meta.namespace),
        meta.name,
        interner.one(service),
        List.copyOf(pods),
        List.copyOf(servers),
        servers.isEmpty() ? 0 : port);
  }
}
