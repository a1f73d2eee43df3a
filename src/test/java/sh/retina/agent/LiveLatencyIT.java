package sh.retina.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sh.retina.WholeMachine;
import sh.retina.flow.proto.Flow;
import sh.retina.flow.proto.FlowFilter;
import sh.retina.flow.proto.observer.GetFlowsRequest;
import sh.retina.flow.proto.observer.GetFlowsResponse;
import sh.retina.flow.proto.observer.ObserverGrpc;

/** How long a flow is under way, from the kernel's time of the packet to a client that follows. */
@RequiresKernel
@WholeMachine
class LiveLatencyIT {
  private static final int PORT = 5300;
  private static final int PACKETS = 120;

  /** The first few load classes. */
  private static final int WARM = 20;

  /** Half of this is the agent's pause between two looks into the rings. */
  private static final Duration MEDIAN = Duration.ofMillis(50);

  @TempDir private Path directory;

  private record Arrival(Flow flow, Instant at) {}

  @Test
  void shouldBringAFlowToWhoFollowsAtOnce() throws InterruptedException {
    BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    try (TestNetwork network = new TestNetwork("hublat", "a", "b");
        RunningAgent agent =
            new RunningAgent(
                directory,
                network,
                "--retina.plugins=packetparser",
                "--retina.control-plane=hubble",
                "--retina.hubble.listen-address=127.0.0.1:0",
                "--retina.hubble.socket-path=")) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", agent.bean(HubblePlane.class).port())
              .usePlaintext()
              .build();
      try {
        ObserverGrpc.newStub(channel).getFlows(following(), new Noting(arrivals));
        await(() -> agent.bean(HubblePlane.class).streams() == 1);
        long[] latencies = new long[PACKETS];
        for (int i = 0; i < PACKETS; i++) {
          new PodTraffic(network).udp("a", network.ip4("b"), PORT + i, 1, 64);
          latencies[i] = latencyNs(arrivals, PORT + i);
        }
        long[] warm = Arrays.copyOfRange(latencies, WARM, PACKETS);
        Arrays.sort(warm);
        System.out.printf(
            "packet to client, ms: p50 %.1f p90 %.1f p99 %.1f max %.1f%n",
            warm[warm.length / 2] / 1e6,
            warm[warm.length * 9 / 10] / 1e6,
            warm[warm.length * 99 / 100] / 1e6,
            warm[warm.length - 1] / 1e6);
        assertThat(Duration.ofNanos(warm[warm.length / 2])).isLessThanOrEqualTo(MEDIAN);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static GetFlowsRequest following() {
    return GetFlowsRequest.newBuilder()
        .setFollow(true)
        .addWhitelist(FlowFilter.newBuilder().addSourcePod("test/a").addProtocol("udp"))
        .build();
  }

  /** Of the first flow to that port; each packet is reported at several points. */
  private static long latencyNs(BlockingQueue<Arrival> arrivals, int port)
      throws InterruptedException {
    while (true) {
      Arrival next = arrivals.poll(20, TimeUnit.SECONDS);
      assertThat(next).as("a flow to port " + port).isNotNull();
      if (next.flow().getL4().getUDP().getDestinationPort() == port) {
        Instant seen =
            Instant.ofEpochSecond(
                next.flow().getTime().getSeconds(), next.flow().getTime().getNanos());
        return Duration.between(seen, next.at()).toNanos();
      }
    }
  }

  private static void await(java.util.function.BooleanSupplier condition)
      throws InterruptedException {
    for (int tries = 0; tries < 200 && !condition.getAsBoolean(); tries++) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertThat(condition.getAsBoolean()).as("the stream is open").isTrue();
  }

  private record Noting(BlockingQueue<Arrival> into) implements StreamObserver<GetFlowsResponse> {
    @Override
    public void onNext(GetFlowsResponse response) {
      into.add(new Arrival(response.getFlow(), Instant.now()));
    }

    @Override
    public void onError(Throwable e) {
      // The end of the channel; before that, the flow that does not come tells.
    }

    @Override
    public void onCompleted() {
      throw new AssertionError("who follows is not sent away");
    }
  }
}
