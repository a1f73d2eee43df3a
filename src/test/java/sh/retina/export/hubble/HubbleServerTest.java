package sh.retina.export.hubble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.FieldMask;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetAgentEventsRequest;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.GetNodesRequest;
import sh.retina.flow.proto.observer.ObserverGrpc;
import sh.retina.flow.proto.observer.ServerStatusRequest;
import sh.retina.flow.proto.observer.ServerStatusResponse;
import sh.retina.flow.proto.peer.ChangeNotification;
import sh.retina.flow.proto.peer.ChangeNotificationType;
import sh.retina.flow.proto.peer.NotifyRequest;
import sh.retina.flow.proto.peer.PeerGrpc;
import sh.retina.flow.proto.relay.NodeState;

class HubbleServerTest {
  @TempDir private Path directory;

  @Test
  void shouldGiveFlowsWithTheirTimeAndNode() {
    try (TestServer hubble = TestServer.plain()) {
      List<GetFlowsResponse> flows =
          ImmutableList.copyOf(
              TestServer.observer(hubble.tcp())
                  .getFlows(GetFlowsRequest.newBuilder().setFirst(true).setNumber(3).build()));

      assertThat(flows).hasSize(3);
      assertThat(flows.getFirst().getNodeName()).isEqualTo("n1");
      assertThat(flows.getFirst().getTime()).isEqualTo(flows.getFirst().getFlow().getTime());
      await(() -> hubble.server.streams() == 0 && hubble.open.get() == 0);
    }
  }

  @Test
  void shouldTakeTimeAndNodeFromWhatTheMaskLeaves() {
    try (TestServer hubble = TestServer.plain()) {
      GetFlowsResponse flow =
          TestServer.observer(hubble.tcp())
              .getFlows(
                  GetFlowsRequest.newBuilder()
                      .setFirst(true)
                      .setNumber(1)
                      .setFieldMask(FieldMask.newBuilder().addPaths("uuid"))
                      .build())
              .next();

      assertThat(flow.hasTime()).isFalse();
      assertThat(flow.getNodeName()).isEmpty();
      assertThat(flow.getFlow().getUuid()).isNotEmpty();
    }
  }

  @Test
  void shouldSayHowMuchIsMissing() {
    try (TestServer hubble = TestServer.plain()) {
      List<GetFlowsResponse> flows =
          ImmutableList.copyOf(
              TestServer.observer(hubble.tcp())
                  .getFlows(GetFlowsRequest.newBuilder().setFirst(true).setNumber(100).build()));

      GetFlowsResponse lost = flows.getLast();
      assertThat(lost.getLostEvents().getNumEventsLost()).isEqualTo(7);
      assertThat(lost.getLostEvents().hasCpu()).isFalse();
      assertThat(lost.getLostEvents().getFirst().getSeconds()).isEqualTo(99);
      assertThat(lost.getNodeName()).isEqualTo("n1");
      assertThat(lost.hasTime()).isTrue();
    }
  }

  @Test
  void shouldReadNothingThatASlowClientHasNoRoomFor() throws InterruptedException {
    try (TestServer hubble = TestServer.plain()) {
      ManagedChannel channel = hubble.tcp();
      BlockingQueue<GetFlowsResponse> got = new ArrayBlockingQueue<>(1000);
      ClientCall<GetFlowsRequest, GetFlowsResponse> call =
          channel.newCall(ObserverGrpc.getGetFlowsMethod(), CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(GetFlowsResponse message) {
              got.add(message);
            }
          },
          new Metadata());
      call.sendMessage(GetFlowsRequest.newBuilder().setFollow(true).build());
      call.halfClose();
      call.request(1);
      assertThat(got.poll(20, TimeUnit.SECONDS)).isNotNull();

      long made = settled(hubble);
      assertThat(made).as("what fits into buffers of both sides").isLessThan(200_000);
      call.request(500);
      for (int i = 0; i < 500; i++) {
        assertThat(got.poll(20, TimeUnit.SECONDS)).isNotNull();
      }
      call.cancel("enough", null);
      await(() -> hubble.server.streams() == 0 && hubble.open.get() == 0);
    }
  }

  /** How much is made until no more is. */
  private static long settled(TestServer hubble) {
    AtomicReference<Long> before = new AtomicReference<>(-1L);
    int[] same = {0};
    await(() -> {
      long now = hubble.made.get();
      same[0] = now == before.getAndSet(now) ? same[0] + 1 : 0;
      return same[0] >= 20;
    });
    return hubble.made.get();
  }

  @Test
  void shouldRefuseOneStreamTooMany() {
    try (TestServer hubble = new TestServer("", 2, new HubbleProperties.Tls("", "", List.of()))) {
      GetFlowsRequest follow = GetFlowsRequest.newBuilder().setFollow(true).build();
      List<Iterator<GetFlowsResponse>> streams = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        streams.add(TestServer.observer(hubble.tcp()).getFlows(follow));
        assertThat(streams.getLast().next()).isNotNull();
      }

      assertRefused(
          () -> TestServer.observer(hubble.tcp()).getFlows(follow).next(),
          Status.Code.RESOURCE_EXHAUSTED,
          "2 streams are open already; raise retina.hubble.max-streams");
    }
  }

  @Test
  void shouldRefuseWhatIsWrongAndGoOn() {
    try (TestServer hubble = TestServer.plain()) {
      ManagedChannel channel = hubble.tcp();
      for (int i = 0; i < 20; i++) {
        assertRefused(
            () ->
                TestServer.observer(channel)
                    .getFlows(
                        GetFlowsRequest.newBuilder()
                            .addWhitelist(FlowFilter.newBuilder().addDnsQuery("("))
                            .build())
                    .next(),
            Status.Code.UNKNOWN,
            "dns_query: not a regular expression");
      }
      assertRefused(
          () ->
              TestServer.observer(channel)
                  .getFlows(
                      GetFlowsRequest.newBuilder()
                          .addWhitelist(FlowFilter.newBuilder().addDnsQuery("a".repeat(2 << 20)))
                          .build())
                  .next(),
          Status.Code.RESOURCE_EXHAUSTED,
          "gRPC message exceeds maximum size 1048576");
      assertThat(status(channel).getMaxFlows()).isEqualTo(4095);
      assertThat(hubble.server.streams()).isZero();
    }
  }

  @Test
  void shouldSurviveWhoSaysNothingOrNonsense() throws IOException {
    try (TestServer hubble = TestServer.plain()) {
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), hubble.server.port());
        if (i % 2 == 0) {
          socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        }
        silent.add(socket);
      }

      assertThat(status(hubble.tcp()).getNumFlows()).isEqualTo(5);
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void shouldTellItsStatusAndVersion() {
    try (TestServer hubble = TestServer.plain()) {
      AtomicReference<Metadata> headers = new AtomicReference<>();
      AtomicReference<Metadata> trailers = new AtomicReference<>();
      ServerStatusResponse status =
          TestServer.observer(hubble.tcp())
              .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
              .serverStatus(ServerStatusRequest.getDefaultInstance());

      assertThat(status.getVersion()).isEqualTo("retina v0.1.0");
      assertThat(status.getUptimeNs()).isPositive();
      assertThat(status.hasNumConnectedNodes()).isFalse();
      assertThat(Objects.requireNonNull(headers.get()).get(TestServer.VERSION)).isEqualTo("v0.1.0");
    }
  }

  @Test
  void shouldBeItsOwnOnlyNode() {
    try (TestServer hubble = TestServer.plain()) {
      var nodes =
          TestServer.observer(hubble.tcp())
              .getNodes(GetNodesRequest.getDefaultInstance())
              .getNodesList();

      assertThat(nodes).hasSize(1);
      assertThat(nodes.getFirst().getName()).isEqualTo("n1");
      assertThat(nodes.getFirst().getState()).isEqualTo(NodeState.NODE_CONNECTED);
    }
  }

  @Test
  void shouldHaveNoAgentEvents() {
    try (TestServer hubble = TestServer.plain()) {
      assertThat(
              TestServer.observer(hubble.tcp())
                  .getAgentEvents(GetAgentEventsRequest.newBuilder().setNumber(20).build())
                  .hasNext())
          .isFalse();
    }
  }

  @Test
  void shouldBeHealthyByTheNameThatClientsAsk() {
    try (TestServer hubble = TestServer.plain()) {
      for (String name : List.of("", "hubble.server.Observer")) {
        assertThat(
                HealthGrpc.newBlockingStub(hubble.tcp())
                    .withDeadlineAfter(20, TimeUnit.SECONDS)
                    .check(HealthCheckRequest.newBuilder().setService(name).build())
                    .getStatus())
            .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
      }
    }
  }

  @Test
  void shouldDescribeItself() throws InterruptedException {
    try (TestServer hubble = TestServer.plain()) {
      BlockingQueue<ServerReflectionResponse> answers = new ArrayBlockingQueue<>(1);
      StreamObserver<ServerReflectionRequest> ask =
          ServerReflectionGrpc.newStub(hubble.tcp())
              .serverReflectionInfo(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                      answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable e) {}

                    @Override
                    public void onCompleted() {}
                  });
      ask.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());

      ServerReflectionResponse answer = answers.poll(20, TimeUnit.SECONDS);
      assertThat(answer).isNotNull();
      assertThat(answer.getListServicesResponse().getServiceList())
          .extracting(service -> service.getName())
          .contains(
              "observer.Observer",
              "peer.Peer",
              "grpc.health.v1.Health",
              "grpc.reflection.v1.ServerReflection",
              "grpc.reflection.v1alpha.ServerReflection");
    }
  }

  @Test
  void shouldServeOnASocketThatOnlyItsGroupMayUse() throws IOException {
    Path socket = directory.resolve("run/hubble.sock");
    try (TestServer hubble =
        new TestServer(socket.toString(), 10, new HubbleProperties.Tls("", "", List.of()))) {
      assertThat(status(hubble.unix(socket)).getNumFlows()).isEqualTo(5);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");

      assertThatThrownBy(() ->
              new TestServer(socket.toString(), 10, new HubbleProperties.Tls("", "", List.of())))
          .isInstanceOf(HubbleException.class)
          .hasMessageContaining("another process serves");
    }
    // What the last one left behind is in nobody's way.
    try (TestServer hubble =
        new TestServer(socket.toString(), 10, new HubbleProperties.Tls("", "", List.of()))) {
      assertThat(status(hubble.unix(socket)).getNumFlows()).isEqualTo(5);
    }
  }

  @Test
  void shouldNotRemoveAFileThatIsNoSocket() throws IOException {
    Path file = Files.writeString(directory.resolve("precious"), "text");

    assertThatThrownBy(
            () -> new TestServer(file.toString(), 10, new HubbleProperties.Tls("", "", List.of())))
        .isInstanceOf(HubbleException.class)
        .hasMessageContaining("is no socket");
    assertThat(file).hasContent("text");
  }

  @Test
  void shouldTellOfPeersFirstAndThenOfChanges() {
    try (TestServer hubble = TestServer.plain()) {
      hubble.server.peers().put("n1", "10.0.0.1:4244");
      Iterator<ChangeNotification> peers =
          PeerGrpc.newBlockingStub(hubble.tcp())
              .withDeadlineAfter(20, TimeUnit.SECONDS)
              .notify(NotifyRequest.getDefaultInstance());

      assertThat(peers.next())
          .isEqualTo(
              ChangeNotification.newBuilder()
                  .setName("n1")
                  .setAddress("10.0.0.1:4244")
                  .setType(ChangeNotificationType.PEER_ADDED)
                  .build());
      hubble.server.peers().put("n1", "10.0.0.1:4244"); // nothing new
      hubble.server.peers().put("n1", "10.0.0.2:4244");
      assertThat(peers.next().getType()).isEqualTo(ChangeNotificationType.PEER_UPDATED);
      hubble.server.peers().remove("n1");
      assertThat(peers.next().getType()).isEqualTo(ChangeNotificationType.PEER_DELETED);
    }
  }

  private static ServerStatusResponse status(ManagedChannel channel) {
    return TestServer.observer(channel).serverStatus(ServerStatusRequest.getDefaultInstance());
  }

  private static void assertRefused(Runnable call, Status.Code code, String text) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(text);
            });
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
    }
  }
}
