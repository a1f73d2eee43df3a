package sh.retina.kubernetes;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * A kind of objects that is watched.
 *
 * @param name as the API has it, plural
 * @param path of its list, from the server's root
 * @param query that restricts it, encoded; empty: all
 * @param isOptional whether a cluster may do without: a custom resource that nobody installed
 * @param draft makes what reads one object
 */
record Resource(String name, String path, String query, boolean isOptional, Supplier<Draft> draft) {
  private static final String RETINA = "/apis/retina.sh/v1alpha1/";

  static Resource pods() {
    return new Resource("pods", "/api/v1/pods", "", false, PodDraft::new);
  }

  static Resource podsOf(String node) {
    return new Resource(
        "pods",
        "/api/v1/pods",
        "fieldSelector=" + URLEncoder.encode("spec.nodeName=" + node, StandardCharsets.UTF_8),
        false,
        PodDraft::new);
  }

  static Resource retinaEndpoints() {
    return new Resource(
        "retinaendpoints", RETINA + "retinaendpoints", "", true, RetinaEndpointDraft::new);
  }

  static Resource metricsConfigurations() {
    return new Resource(
        "metricsconfigurations", RETINA + "metricsconfigurations", "", true, MetricsDraft::new);
  }

  static Resource tracesConfigurations() {
    return new Resource(
        "tracesconfigurations", RETINA + "tracesconfigurations", "", true, TracesDraft::new);
  }

  static Resource services() {
    return new Resource("services", "/api/v1/services", "", false, ServiceDraft::new);
  }

  /** {@code onlyNode}: as for {@link SliceDraft}. */
  static Resource endpointSlices(String onlyNode) {
    return new Resource(
        "endpointslices",
        "/apis/discovery.k8s.io/v1/endpointslices",
        "",
        false,
        () -> new SliceDraft(onlyNode));
  }

  /** {@code ownNode}: as for {@link NodeDraft}. */
  static Resource nodes(String ownNode) {
    return new Resource("nodes", "/api/v1/nodes", "", false, () -> new NodeDraft(ownNode));
  }

  static Resource namespaces() {
    return new Resource("namespaces", "/api/v1/namespaces", "", false, NamespaceDraft::new);
  }
}
