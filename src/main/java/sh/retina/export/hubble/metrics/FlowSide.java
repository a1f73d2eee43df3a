package sh.retina.export.hubble.metrics;

import java.util.List;
import java.util.Set;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.Workload;

/** One side of a flow in the words of Hubble's contexts. */
record FlowSide(Endpoint endpoint, List<String> dnsNames, String ip) {
  private static final String RESERVED = "reserved:";
  private static final Set<String> APP_KEYS =
      Set.of("k8s:app.kubernetes.io/name", "k8s:k8s-app", "k8s:app");

  static FlowSide source(Flow flow) {
    return new FlowSide(flow.getSource(), flow.getSourceNamesList(), flow.getIP().getSource());
  }

  static FlowSide destination(Flow flow) {
    return new FlowSide(
        flow.getDestination(), flow.getDestinationNamesList(), flow.getIP().getDestination());
  }

  String identity() {
    return String.join(",", endpoint.getLabelsList());
  }

  String namespace() {
    return endpoint.getNamespace();
  }

  String pod() {
    return namespaced(podName());
  }

  String podName() {
    return endpoint.getPodName();
  }

  String names() {
    return String.join(",", dnsNames);
  }

  String reservedIdentity() {
    String first = "";
    for (String label : endpoint.getLabelsList()) {
      if (label.equals("reserved:kube-apiserver")) {
        return label;
      }
      if (first.isEmpty() && label.startsWith(RESERVED)) {
        first = label;
      }
    }
    return first;
  }

  String workload() {
    return endpoint.getWorkloadsCount() == 0 ? "" : namespaced(workloadName());
  }

  String workloadName() {
    return first().getName();
  }

  String workloadKind() {
    return first().getKind();
  }

  private Workload first() {
    return endpoint.getWorkloadsCount() == 0
        ? Workload.getDefaultInstance()
        : endpoint.getWorkloads(0);
  }

  String app() {
    for (String label : endpoint.getLabelsList()) {
      int equals = label.indexOf('=');
      if (equals > 0 && APP_KEYS.contains(label.substring(0, equals))) {
        return label.substring(equals + 1);
      }
    }
    return "";
  }

  private String namespaced(String name) {
    return namespace().isEmpty() ? name : namespace() + "/" + name;
  }
}
