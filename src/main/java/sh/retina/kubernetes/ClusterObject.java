package sh.retina.kubernetes;

import java.util.List;
import sh.retina.event.Endpoint;
import sh.retina.event.IpAddress;

/** What is kept of an object of the cluster. Immutable. */
sealed interface ClusterObject {
  /** What identifies it among those of its kind: {@code namespace/name}, or the name. */
  String key();

  /**
   * A pod, or what a RetinaEndpoint says of one.
   *
   * @param endpoint without what other objects say: zone, labels of the namespace, services
   * @param nodeIp of a RetinaEndpoint, which does not name its node; empty for a pod
   * @param isObserved whether it is annotated to be
   * @param isOver whether its containers have ended for good, so that its addresses are free
   */
  record Pod(Endpoint endpoint, String nodeIp, boolean isObserved, boolean isOver)
      implements ClusterObject {
    @Override
    public String key() {
      return endpoint.namespace() + "/" + endpoint.name();
    }
  }

  /** A Service by its cluster addresses; a headless one has none. */
  record Service(Endpoint endpoint) implements ClusterObject {
    @Override
    public String key() {
      return endpoint.namespace() + "/" + endpoint.name();
    }
  }

  /**
   * A part of a Service's backends.
   *
   * @param service name of the Service, in the same namespace
   * @param pods names of the pods behind it, in the same namespace
   * @param addresses of the API servers, where it is their Service; else none
   * @param port that those listen on
   */
  record Slice(
      String namespace,
      String name,
      String service,
      List<String> pods,
      List<IpAddress> addresses,
      int port)
      implements ClusterObject {
    @Override
    public String key() {
      return namespace + "/" + name;
    }
  }

  /** A node by its own addresses. */
  record Node(Endpoint endpoint) implements ClusterObject {
    @Override
    public String key() {
      return endpoint.name();
    }
  }

  record Namespace(String name, List<String> labels, boolean isObserved) implements ClusterObject {
    @Override
    public String key() {
      return name;
    }
  }

  /**
   * What a MetricsConfiguration asks for.
   *
   * @param isAccepted whether the operator took it
   * @param include pods of these namespaces only, if there are some
   * @param exclude all but these, if none is to be included
   * @param metrics which of their pods
   */
  record Metrics(
      String name,
      boolean isAccepted,
      List<String> include,
      List<String> exclude,
      List<MetricWish> metrics)
      implements ClusterObject {
    @Override
    public String key() {
      return name;
    }
  }

  /** What an accepted TracesConfiguration asks for; nothing of one that is not. */
  record Traces(String name, List<TraceWish> wishes) implements ClusterObject {
    @Override
    public String key() {
      return name;
    }
  }
}
