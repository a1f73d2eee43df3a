package sh.retina.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import sh.retina.export.hubble.HubbleServer;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.ObserverGrpc;

/** A thousand streams at once: each gets its flows, and one that does not read holds little. */
class ManyStreamsTest {
  private static final int STREAMS = 1_000;
  private static final int STREAMS_PER_CONNECTION = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long STREAM_BYTES = 32 << 10;

  /** Events of a filling with one source. */
  private static final int MATCHES = UserPath.EVENTS / UserPath.PODS;

  @TempDir private Path directory;
  private UserPath path;
  private JournalFlowSource flows;

  @BeforeEach
  void open() {
    path = new UserPath(directory, 64 << 20);
    flows = HubblePath.flows(path);
  }

  @AfterEach
  void close() {
    flows.close();
    path.close();
  }

  @Test
  void shouldGiveEachOfAThousandStreamsItsFlows() {
    AtomicIntegerArray received = new AtomicIntegerArray(STREAMS);
    AtomicInteger foreign = new AtomicInteger();
    List<ManagedChannel> channels = new ArrayList<>();
    try (HubbleServer server = HubblePath.server(flows, STREAMS, 0)) {
      server.start();
      for (int i = 0; i < STREAMS; i++) {
        if (i % STREAMS_PER_CONNECTION == 0) {
          channels.add(
              NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build());
        }
        int number = i;
        int of = number % UserPath.PODS;
        String pod = "pod-" + of;
        ObserverGrpc.newStub(channels.getLast())
            .getFlows(
                GetFlowsRequest.newBuilder()
                    .setFollow(true)
                    .setSince(com.google.protobuf.Timestamp.newBuilder().setSeconds(1))
                    .addWhitelist(
                        FlowFilter.newBuilder()
                            .addSourcePod("/" + pod) // and those whose names begin so
                            .addSourceIp(UserPath.address(of)))
                    .build(),
                new Counting(pod, number, received, foreign));
      }
      await().atMost(PATIENCE).until(() -> server.streams() == STREAMS);
      path.take(path.refilled());
      await()
          .atMost(PATIENCE)
          .until(() -> IntStream.range(0, STREAMS).allMatch(i -> received.get(i) >= MATCHES));

      assertThat(IntStream.range(0, STREAMS).map(received::get)).containsOnly(MATCHES);
      assertThat(foreign).as("flows of other pods").hasValue(0);
      channels.forEach(ManagedChannel::shutdownNow);
      await().atMost(PATIENCE).until(() -> server.streams() == 0);
    } finally {
      channels.forEach(ManagedChannel::shutdownNow);
    }
  }

  private record Counting(
      String pod, int number, AtomicIntegerArray received, AtomicInteger foreign)
      implements StreamObserver<GetFlowsResponse> {
    @Override
    public void onNext(GetFlowsResponse response) {
      received.incrementAndGet(number);
      if (!response.getFlow().getSource().getPodName().equals(pod)) {
        foreign.incrementAndGet();
      }
    }

    @Override
    public void onError(Throwable e) {
      // At the end each is broken off; one that breaks off before has too few flows.
    }

    @Override
    public void onCompleted() {
      // Whom that happens to has too few flows.
    }
  }

  @Test
  void shouldHoldLittleForAStreamThatDoesNotRead() {
    path.take(path.refilled());
    List<Slow> streams = new ArrayList<>();
    subscribe(streams, 10); // what all share
    long before = heldBytes();
    subscribe(streams, STREAMS);
    long bytes = (heldBytes() - before) / STREAMS;
    streams.forEach(Slow::cancel);

    assertThat(bytes).as("bytes of a stream at its first flow").isLessThan(STREAM_BYTES);
  }

  private void subscribe(List<Slow> streams, int count) {
    for (int i = 0; i < count; i++) {
      Slow slow = new Slow();
      flows
          .open(
              new FlowRequest(
                  new FlowStart.Oldest(), sh.retina.flow.FlowFilter.all(), null, true, 0))
          .subscribe(slow);
      streams.add(slow);
    }
    await()
        .atMost(PATIENCE)
        .until(() -> streams.stream().allMatch(slow -> slow.received.get() == 1));
  }

  /** Takes one flow, and asks for no other. */
  private static final class Slow extends BaseSubscriber<FlowItem> {
    private final AtomicInteger received = new AtomicInteger();

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      request(1);
    }

    @Override
    protected void hookOnNext(FlowItem item) {
      received.incrementAndGet();
    }
  }

  private static long heldBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
