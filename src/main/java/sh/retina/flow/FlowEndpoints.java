package sh.retina.flow;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import sh.retina.flow.proto.Endpoint;
import sh.retina.flow.proto.Service;
import sh.retina.flow.proto.Workload;

/**
 * An owner of an address in Hubble's words. The encoder and the filters both read this form, so
 * that a filter matches exactly what the flow shows. Thread-safe.
 */
public final class FlowEndpoints {
  /** A power of two: owners that are kept in this form, each in the place that its hash gives. */
  private static final int KEPT = 4_096;

  // Reserved identities of the Hubble API.
  private static final int HOST = 1;
  private static final int WORLD = 2;
  private static final int REMOTE_NODE = 6;
  private static final int API_SERVER = 7;

  private final FlowNode node;

  /** Made with the first one that is kept: filters only translate. */
  private volatile @Nullable AtomicReferenceArray<@Nullable Kept> kept;

  private record Kept(sh.retina.event.Endpoint owner, Endpoint form) {}

  public FlowEndpoints(FlowNode node) {
    this.node = node;
  }

  /** The form of an owner: made once for all who ask, while no other has its place. */
  Endpoint of(sh.retina.event.Endpoint owner) {
    AtomicReferenceArray<@Nullable Kept> all = kept;
    if (all == null) {
      all = new AtomicReferenceArray<>(KEPT);
      kept = all;
    }
    int hash = System.identityHashCode(owner);
    int place = (hash ^ hash >>> 13) & KEPT - 1;
    Kept there = all.getAcquire(place);
    if (there != null && there.owner == owner) {
      return there.form;
    }
    Endpoint form = encode(owner);
    all.setRelease(place, new Kept(owner, form));
    return form;
  }

  Endpoint encode(sh.retina.event.Endpoint owner) {
    return switch (owner.kind()) {
      case POD -> pod(owner);
      case NODE ->
          owner.name().equals(node.name())
              ? reserved(HOST, "reserved:host").setClusterName(node.cluster()).build()
              : reserved(REMOTE_NODE, "reserved:remote-node")
                  .setClusterName(node.cluster())
                  .build();
      case API_SERVER -> apiServer(owner);
      case SERVICE ->
          Endpoint.newBuilder()
              .setNamespace(owner.namespace())
              .setClusterName(node.cluster())
              .build();
      case WORLD -> reserved(WORLD, "reserved:world").build();
      case UNKNOWN -> reserved(0, "reserved:unknown").build();
    };
  }

  /** As Cilium labels them: one on a node is that node as well, and this one is first the host. */
  private Endpoint apiServer(sh.retina.event.Endpoint owner) {
    String label = "reserved:kube-apiserver";
    if (owner.name().isEmpty()) {
      return reserved(API_SERVER, label).setClusterName(node.cluster()).build();
    }
    return owner.name().equals(node.name())
        ? reserved(HOST, "reserved:host").addLabels(label).setClusterName(node.cluster()).build()
        : reserved(API_SERVER, label)
            .addLabels("reserved:remote-node")
            .setClusterName(node.cluster())
            .build();
  }

  private Endpoint pod(sh.retina.event.Endpoint owner) {
    Endpoint.Builder pod =
        Endpoint.newBuilder()
            .setNamespace(owner.namespace())
            .setPodName(owner.name())
            .setIdentity(LabelIdentity.of(node, owner.namespace(), owner.labels()))
            .setClusterName(node.cluster())
            .addAllLabels(labels(owner));
    if (!owner.workloadName().isEmpty()) {
      pod.addWorkloads(
          Workload.newBuilder().setName(owner.workloadName()).setKind(owner.workloadKind()));
    }
    return pod.build();
  }

  private static List<String> labels(sh.retina.event.Endpoint owner) {
    List<String> labels = new ArrayList<>(owner.labels().size() + owner.namespaceLabels().size());
    for (String label : owner.labels()) {
      labels.add("k8s:" + label);
    }
    for (String label : owner.namespaceLabels()) {
      labels.add("k8s:io.cilium.k8s.namespace.labels." + label);
    }
    Collections.sort(labels);
    return labels;
  }

  private static Endpoint.Builder reserved(int identity, String label) {
    return Endpoint.newBuilder().setIdentity(identity).addLabels(label);
  }

  /**
   * The Service that owns an address, or that its pod is a backend of: the first by name of
   * several. The default instance if there is none.
   */
  static Service service(sh.retina.event.Endpoint owner) {
    if (owner.kind() == sh.retina.event.Endpoint.Kind.SERVICE) {
      return service(owner.namespace(), owner.name());
    }
    return owner.services().isEmpty()
        ? Service.getDefaultInstance()
        : service(owner.namespace(), owner.services().getFirst());
  }

  static boolean hasService(sh.retina.event.Endpoint owner) {
    return owner.kind() == sh.retina.event.Endpoint.Kind.SERVICE || !owner.services().isEmpty();
  }

  private static Service service(String namespace, String name) {
    return Service.newBuilder().setNamespace(namespace).setName(name).build();
  }
}
