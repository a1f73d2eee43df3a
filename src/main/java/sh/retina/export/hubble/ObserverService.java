package sh.retina.export.hubble;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import sh.retina.flow.FlowNode;
import sh.retina.flow.proto.observer.GetAgentEventsRequest;
import sh.retina.flow.proto.observer.GetAgentEventsResponse;
import sh.retina.flow.proto.observer.GetDebugEventsRequest;
import sh.retina.flow.proto.observer.GetDebugEventsResponse;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.GetNamespacesRequest;
import sh.retina.flow.proto.observer.GetNamespacesResponse;
import sh.retina.flow.proto.observer.GetNodesRequest;
import sh.retina.flow.proto.observer.GetNodesResponse;
import sh.retina.flow.proto.observer.Namespace;
import sh.retina.flow.proto.observer.Node;
import sh.retina.flow.proto.observer.ObserverGrpc;
import sh.retina.flow.proto.observer.ServerStatusRequest;
import sh.retina.flow.proto.observer.ServerStatusResponse;
import sh.retina.flow.proto.observer.TLS;
import sh.retina.flow.proto.relay.NodeState;
import sh.retina.pipeline.FlowItem;
import sh.retina.pipeline.FlowSource;

/** The Observer of one node. */
final class ObserverService extends ObserverGrpc.ObserverImplBase {
  private final FlowSource source;
  private final FlowNode node;
  private final Seen seen;
  private final History history;
  private final InstantSource clock;
  private final int maxStreams;
  private final TLS tls;
  private final AtomicInteger streams = new AtomicInteger();

  ObserverService(
      FlowSource source, FlowNode node, Seen seen, History history, int maxStreams, TLS tls) {
    this.source = source;
    this.node = node;
    this.seen = seen;
    this.history = history;
    this.clock = InstantSource.system();
    this.maxStreams = maxStreams;
    this.tls = tls;
  }

  /** Streams that are open. */
  int streams() {
    return streams.get();
  }

  @Override
  public void getFlows(GetFlowsRequest request, StreamObserver<GetFlowsResponse> responses) {
    FlowsRequest wanted;
    try {
      wanted = FlowsRequest.of(request, node);
    } catch (StatusRuntimeException e) {
      responses.onError(e);
      return;
    }
    if (streams.incrementAndGet() > maxStreams) {
      streams.decrementAndGet();
      responses.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription(
                  maxStreams + " streams are open already; raise retina.hubble.max-streams")
              .asRuntimeException());
      return;
    }
    FlowResponses make = new FlowResponses(wanted.mask(), node, clock);
    DemandDriven<FlowItem, GetFlowsResponse> stream =
        new DemandDriven<>(
            (ServerCallStreamObserver<GetFlowsResponse>) responses,
            make::of,
            streams::decrementAndGet);
    source.open(wanted.flows()).subscribe(stream);
  }

  /** There are none here: Cilium's agent reports its own doings by them. */
  @Override
  public void getAgentEvents(
      GetAgentEventsRequest request, StreamObserver<GetAgentEventsResponse> responses) {
    nothing(request.getFirst(), request.getFollow(), responses);
  }

  /** There are none here: they come from the debugging of Cilium's datapath. */
  @Override
  public void getDebugEvents(
      GetDebugEventsRequest request, StreamObserver<GetDebugEventsResponse> responses) {
    nothing(request.getFirst(), request.getFollow(), responses);
  }

  /** Who follows waits for what does not come, as on a node where nothing happens. */
  private static void nothing(boolean first, boolean follow, StreamObserver<?> responses) {
    if (first && follow) {
      responses.onError(
          Status.INVALID_ARGUMENT
              .withDescription("first cannot be specified with follow")
              .asRuntimeException());
    } else if (!follow) {
      responses.onCompleted();
    } else {
      ((ServerCallStreamObserver<?>) responses).setOnCancelHandler(() -> {});
    }
  }

  @Override
  public void getNodes(GetNodesRequest request, StreamObserver<GetNodesResponse> responses) {
    Node self =
        Node.newBuilder()
            .setName(node.qualifiedName())
            .setVersion(version())
            .setState(NodeState.NODE_CONNECTED)
            .setTls(tls)
            .setUptimeNs(seen.uptimeNs())
            .setNumFlows(history.flows())
            .setMaxFlows(history.capacity())
            .setSeenFlows(seen.flows())
            .build();
    responses.onNext(GetNodesResponse.newBuilder().addNodes(self).build());
    responses.onCompleted();
  }

  @Override
  public void getNamespaces(
      GetNamespacesRequest request, StreamObserver<GetNamespacesResponse> responses) {
    GetNamespacesResponse.Builder all = GetNamespacesResponse.newBuilder();
    String cluster = node.cluster().equals("default") ? "" : node.cluster();
    seen.namespaces()
        .forEach(name ->
            all.addNamespaces(Namespace.newBuilder().setCluster(cluster).setNamespace(name)));
    responses.onNext(all.build());
    responses.onCompleted();
  }

  @Override
  public void serverStatus(
      ServerStatusRequest request, StreamObserver<ServerStatusResponse> responses) {
    responses.onNext(
        ServerStatusResponse.newBuilder()
            .setNumFlows(history.flows())
            .setMaxFlows(history.capacity())
            .setSeenFlows(seen.flows())
            .setUptimeNs(seen.uptimeNs())
            .setVersion(version())
            .setFlowsRate(seen.rate())
            .build());
    responses.onCompleted();
  }

  private String version() {
    return "retina v" + node.version();
  }
}
